//! An answer, checked for what holds of every answer before a test looks at the rest.

use http::{HeaderMap, StatusCode, header};
use octopool_api_types::{ErrorCode, ErrorEnvelope};
use serde_json::Value;

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    /// Takes an answer and checks the rules of the contract's section 3.
    #[track_caller]
    pub(crate) fn checked(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Self {
        let answer = Self { status, headers, body };
        let id = answer.header("x-request-id").unwrap_or_default();
        assert!(id.len() == 36 && id.split('-').count() == 5, "x-request-id {id:?} is no UUID");
        assert!(answer.header("cache-control").is_some(), "no cache-control");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(answer.header("access-control-allow-origin").is_none(), "CORS headers");
        if answer.header("x-octopool-cache").is_some() {
            // Whatever it says, GitHub said it.
            return answer;
        }
        if let Some(code) = answer.header("x-octopool-error") {
            answer.check_github_form(code);
        } else if status.as_u16() >= 400 && !answer.body.is_empty() {
            let error = answer.error();
            assert_eq!(error.error.request_id, id, "the ids of body and header differ");
            let known = ErrorCode::ALL.iter().any(|code| code.as_str() == error.error.code);
            assert!(known, "{} is not on the list", error.error.code);
            assert!(!error.error.message.is_empty(), "no message");
            assert_eq!(answer.header("cache-control"), Some("no-store"));
        }
        if status == StatusCode::UNAUTHORIZED && answer.code() != "github_auth_failed" {
            assert!(answer.header("www-authenticate").is_some(), "a 401 without www-authenticate");
        }
        answer
    }

    /// Errors of the plain REST paths have GitHub's form.
    #[track_caller]
    fn check_github_form(&self, code: &str) {
        assert!(ErrorCode::ALL.iter().any(|known| known.as_str() == code), "{code} is not on the list");
        assert_eq!(self.header("cache-control"), Some("no-store"));
        if !self.body.is_empty() {
            let body = self.json();
            assert!(
                body["message"].as_str().is_some_and(|message| !message.is_empty()),
                "no message: {body}"
            );
            assert!(body["documentation_url"].is_string(), "{body}");
            assert_eq!(body["errors"][0]["code"], code);
        }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Every header.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    #[expect(clippy::panic, reason = "dev only")]
    pub fn json(&self) -> Value {
        let kind = self.header(header::CONTENT_TYPE.as_str());
        assert_eq!(kind, Some("application/json; charset=utf-8"), "{}", self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// `error.code`, or the code of an error in GitHub's form, or nothing if this is no error of
    /// ours.
    pub fn code(&self) -> String {
        if let Some(code) = self.header("x-octopool-error") {
            return code.to_owned();
        }
        serde_json::from_slice::<ErrorEnvelope>(&self.body)
            .map(|envelope| envelope.error.code)
            .unwrap_or_default()
    }

    /// The error envelope.
    #[track_caller]
    #[expect(clippy::panic, reason = "dev only")]
    pub fn error(&self) -> ErrorEnvelope {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no error envelope: {}", self.text()))
    }

    /// The names in `details.fields`, in order.
    #[track_caller]
    pub fn fields(&self) -> Vec<String> {
        let details = self.error().error.details.unwrap_or_default();
        let fields = details["fields"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|field| field["field"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Checks status and code, and hands the answer on.
    #[track_caller]
    #[expect(clippy::return_self_not_must_use, reason = "the check is the point")]
    pub fn expect(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status(), self.code().as_str()), (status, code), "{}", self.text());
        self
    }

    /// Checks the status of a success, and hands its JSON on.
    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status(), status, "{}", self.text());
        self.json()
    }
}
