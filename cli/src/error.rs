//! One error type for all commands. Its kind decides the exit code, the message is written where
//! the error occurs, and [`crate::output`] formats it.

use std::borrow::Cow;
use std::process::ExitCode;

use octopool_api_types::{CheckResult, ErrorBody, ErrorCode, FieldProblem};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What commands return.
pub(crate) type Result<T> = std::result::Result<T, Error>;

/// How the process ends. Ctrl-C ends it with 130, without one of these.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// The command succeeded.
    Done,
    /// The command failed, or a check failed.
    Failed,
    /// Invalid arguments or settings.
    Usage,
    /// The user answered a question with no. gh uses the same code.
    Cancelled,
    /// A plan has changes. Other programs that plan use the same code, and scripts expect it.
    Changes,
    /// There is no login or token, or the server refused it.
    Auth,
    /// As the program ended that was run.
    OfProgram(u8),
    /// By the signal that ended the program that was run.
    OfSignal(i32),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage | Exit::Cancelled | Exit::Changes => 2,
            Exit::Auth => 4,
            Exit::OfProgram(code) => code,
            // As in a shell.
            Exit::OfSignal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
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

/// What is known of an error that is a server's response.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) details: Option<Value>,
}

impl Error {
    /// Invalid arguments or settings.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", message)
    }

    /// There is no login or token, or it was refused.
    pub(crate) fn auth(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Auth, code, message)
    }

    /// Any other failure; `code` is stable, for programs.
    pub(crate) fn failed(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, code, message)
    }

    /// The user answered a question with no.
    pub(crate) fn cancelled() -> Self {
        Self::new(Exit::Cancelled, "cancelled", "Nothing was changed.")
    }

    /// The server refused the request.
    pub(crate) fn refused(body: ErrorBody, status: u16) -> Self {
        let exit = exit_for_answer(&body.code, status);
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

    /// The response is not in octopool's format.
    pub(crate) fn malformed(message: impl Into<String>, status: u16, request_id: Option<String>) -> Self {
        let answer = Answered { status, request_id, details: None };
        Self {
            answer: Some(Box::new(answer)),
            ..Self::new(exit_for_status(status), "unexpected_answer", message)
        }
    }

    fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, code: code.into(), message: message.into(), hints: Vec::new(), answer: None }
    }

    /// Adds a sentence about what to do. Hints are shown in this order, so the most useful comes
    /// first.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds several hints.
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

    /// The same error of a command where 2 is for what is refused locally.
    pub(crate) fn refused_as_failed(self) -> Self {
        if self.answer.is_some() { self.not_usage() } else { self }
    }

    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// The code, if it is one that a server of this version can send.
    pub(crate) fn server_code(&self) -> Option<ErrorCode> {
        ErrorCode::ALL.iter().copied().find(|code| code.as_str() == self.code)
    }

    /// The message, without the code.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status, if a server answered.
    pub(crate) fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }

    /// A string of the server's `details`.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.answer.as_ref()?.details.as_ref()?.get(name)?.as_str()
    }

    /// `message (code, HTTP status)`; the code of a local error would add nothing for people. What
    /// the message says of several fields is left to their list.
    pub(crate) fn headline(&self) -> String {
        let Some(answer) = &self.answer else { return self.message.clone() };
        let facts = format!("({}, HTTP {})", self.code, answer.status);
        match self.stem().filter(|_| self.fields().len() > 1) {
            Some(stem) => format!("{} {facts}:", stem.trim_end_matches(':')),
            None => format!("{} {facts}", self.message),
        }
    }

    /// The beginning of a message that goes on with the violated rules.
    fn stem(&self) -> Option<&'static str> {
        let stem = self.server_code()?.message();
        (stem.ends_with(':') && self.message.starts_with(stem)).then_some(stem)
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.answer.as_ref()?.request_id.as_deref()
    }

    pub(crate) fn hint_lines(&self) -> &[String] {
        &self.hints
    }

    /// Every invalid field that the server named; none if it is one and the message says it.
    pub(crate) fn fields(&self) -> Vec<FieldProblem> {
        let fields: Vec<FieldProblem> = self.listed("fields");
        match fields.as_slice() {
            [only] if self.message.contains(&only.field) && self.message.contains(&only.problem) => {
                Vec::new()
            }
            _ => fields,
        }
    }

    /// Every check that failed on the server.
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

    /// The server's envelope with the hints and the status added; local errors have the same form.
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

/// What the server says of an argument counts like what is refused before it is asked.
fn exit_for_answer(code: &str, status: u16) -> Exit {
    let known = ErrorCode::ALL.iter().find(|known| known.as_str() == code);
    if known.is_some_and(|code| is_about_arguments(*code)) { Exit::Usage } else { exit_for_status(status) }
}

fn is_about_arguments(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::InvalidRequest
            | ErrorCode::ClientNameInvalid
            | ErrorCode::InvalidWindow
            | ErrorCode::IdentityKindUnsupported
            | ErrorCode::InstallationIdRequired
            | ErrorCode::SecretRefReserved
            | ErrorCode::InvalidPath
            | ErrorCode::InvalidQuery
    )
}

fn exit_for_status(status: u16) -> Exit {
    if matches!(status, 401 | 403) { Exit::Auth } else { Exit::Failed }
}
