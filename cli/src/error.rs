//! One error type for all commands. Its kind fixes the exit code; what it says is built where it
//! arises; how it looks is [`crate::output`]'s.

use std::borrow::Cow;
use std::process::ExitCode;

use octopool_api_types::{CheckResult, ErrorBody, FieldProblem};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What commands return.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// How the process ends. Ctrl-C ends it with 130, before it comes here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// The command did what it was asked to.
    Done,
    /// It could not, or what it looked at is not well.
    Failed,
    /// The arguments or the settings do not make sense.
    Usage,
    /// A plan has changes. The code is that of other programs that plan, which are asked by scripts in the same way.
    Changes,
    /// There is no login or token, or the server refused it.
    Auth,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage | Exit::Changes => 2,
            Exit::Auth => 4,
        })
    }
}

/// Why a command ended early. Never holds a secret.
#[derive(Debug)]
pub(crate) struct Error {
    exit: Exit,
    code: Cow<'static, str>,
    message: String,
    hints: Vec<String>,
    answer: Option<Box<Answered>>,
}

/// What is known because the error is a server's answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) details: Option<Value>,
}

impl Error {
    /// The person has to ask differently.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// The person has to log in or bring a token.
    pub(crate) fn auth(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Auth, code, message)
    }

    /// Everything else; `code` is for programs and stable.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// The server said no.
    pub(crate) fn refused(body: ErrorBody, status: u16) -> Self {
        let exit = exit_for_status(status);
        let answer = Answered {
            status,
            request_id: Some(body.request_id).filter(|id| !id.is_empty()),
            details: body.details,
        };
        Self {
            exit,
            code: body.code.into(),
            message: body.message,
            hints: Vec::new(),
            answer: Some(Box::new(answer)),
        }
    }

    /// Something answered with a failure, but not in octopool's form.
    pub(crate) fn unintelligible(
        message: impl Into<String>,
        status: u16,
        request_id: Option<String>,
    ) -> Self {
        let answer = Answered { status, request_id, details: None };
        Self {
            answer: Some(Box::new(answer)),
            ..Self::new(exit_for_status(status), "unexpected_answer", message)
        }
    }

    fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), hints: Vec::new(), answer: None }
    }

    /// Adds a sentence about what to do; hints come after the error, most useful first.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds several.
    pub(crate) fn hints(mut self, hints: impl IntoIterator<Item = String>) -> Self {
        self.hints.extend(hints);
        self
    }

    /// Gives a local error a code of its own.
    pub(crate) fn coded(mut self, code: &'static str) -> Self {
        self.code = code.into();
        self
    }

    /// The same error of a command whose exit code 2 says something else.
    pub(crate) fn not_usage(mut self) -> Self {
        if self.exit == Exit::Usage {
            self.exit = Exit::Failed;
        }
        self
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What happened, without the code.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status, if a server answered.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// One string of the server's `details`.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.answer.as_ref()?.details.as_ref()?.get(name)?.as_str()
    }

    /// `message (code, HTTP status)`; the code of a local error would tell a person nothing new.
    pub(crate) fn headline(&self) -> String {
        match &self.answer {
            Some(answer) => format!("{} ({}, HTTP {})", self.message, self.code, answer.status),
            None => self.message.clone(),
        }
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.answer.as_ref()?.request_id.as_deref()
    }

    pub(crate) fn hint_lines(&self) -> &[String] {
        &self.hints
    }

    /// Every bad field that the server named.
    pub(crate) fn fields(&self) -> Vec<FieldProblem> {
        self.listed("fields")
    }

    /// Every check that the server says has failed.
    pub(crate) fn checks(&self) -> Vec<CheckResult> {
        self.listed("checks")
    }

    fn listed<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        let details = self.answer.as_ref().and_then(|answer| answer.details.as_ref());
        details
            .and_then(|details| details.get(name))
            .and_then(|list| serde_json::from_value(list.clone()).ok())
            .unwrap_or_default()
    }

    /// The server's envelope with what this side knows added, and the same for local errors.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({"code": self.code, "message": self.message, "hints": self.hints});
        if let Some(answer) = &self.answer {
            error["status"] = answer.status.into();
            if let Some(request_id) = &answer.request_id {
                error["request_id"] = request_id.as_str().into();
            }
            if let Some(details) = &answer.details {
                error["details"] = details.clone();
            }
        }
        json!({ "error": error })
    }
}

fn exit_for_status(status: u16) -> Exit {
    if matches!(status, 401 | 403) { Exit::Auth } else { Exit::Failed }
}
