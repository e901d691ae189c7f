//! A server together with the token that opens it: requests, and the frame of every command that
//! shows one object.

use octopool_api_types::paths;
use secrecy::SecretString;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Exit, Result};
use crate::http::{Answer, Credential, Lines, Server};
use crate::output::Output;

/// A server, and the token that is sent with every request to it.
pub(crate) struct Api {
    server: Server,
    token: SecretString,
}

impl Api {
    pub(crate) fn new(server: Server, token: SecretString) -> Self {
        Self { server, token }
    }

    fn credential(&self) -> Credential<'_> {
        Credential::Bearer(&self.token)
    }

    pub(crate) fn get(&self, path: &str) -> Result<Answer> {
        self.server.get(path, self.credential())
    }

    /// [`Self::get`] with the parameters that have a value.
    pub(crate) fn query(&self, path: &str, parameters: &[(&str, Option<&str>)]) -> Result<Answer> {
        self.get(&paths::with_query(path, parameters))
    }

    pub(crate) fn get_lines(&self, path: &str) -> Result<Lines> {
        self.server.get_lines(path, self.credential())
    }

    pub(crate) fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        self.server.post(path, self.credential(), body)
    }

    pub(crate) fn patch(&self, path: &str, body: &impl Serialize) -> Result<Answer> {
        self.server.patch(path, self.credential(), body)
    }

    pub(crate) fn delete(&self, path: &str) -> Result<Answer> {
        self.server.delete(path, self.credential())
    }

    /// Prints what is at a path: with `--json` the server's document, otherwise what `show` prints.
    pub(crate) fn show<T: DeserializeOwned>(
        &self,
        path: &str,
        output: &mut Output,
        show: impl FnOnce(&T, &mut Output) -> Result<Exit>,
    ) -> Result<Exit> {
        let answer = self.get(path)?;
        if output.is_json() {
            return output.document(answer.text());
        }
        show(&answer.decode()?, output)
    }
}

/// A value as the API spells it, so that what is shown can be typed elsewhere.
pub(crate) fn spelled(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}
