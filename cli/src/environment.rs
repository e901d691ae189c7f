//! Environment variables. A blank one counts as unset: shells and CI systems pass on unset settings
//! that way.

use std::ffi::OsString;

use secrecy::SecretString;

use crate::error::{Error, Result};
use crate::token::is_token;

/// The variable's value without surrounding white space.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// A token from the environment, the only way to pass one: arguments are visible to every user of
/// the machine.
pub(crate) fn token(name: &str) -> Result<Option<SecretString>> {
    let Some(value) = variable(name) else { return Ok(None) };
    // A header cannot hold it, so it is not a token. The message does not repeat the value.
    if !is_token(&value) {
        return Err(Error::auth(
            "invalid_token",
            "The token in the environment has characters that a token cannot have.",
        )
        .hint("Set the variable again, without quotes, line breaks or comments in the value."));
    }
    Ok(Some(SecretString::from(value)))
}

/// The variables that are on or off.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Switch {
    /// Callers' tokens may be sent over plain http to another machine.
    AllowInsecureLogin,
    /// The user's own gh must not be used for reads that the pool does not serve.
    NoFallback,
    /// Reads bypass the cache.
    Fresh,
    /// What happened to each request of gh is listed.
    Explain,
}

impl Switch {
    /// All of them.
    const ALL: [Self; 4] = [Self::AllowInsecureLogin, Self::NoFallback, Self::Fresh, Self::Explain];

    fn name(self) -> &'static str {
        match self {
            Self::AllowInsecureLogin => "OCTOPOOL_ALLOW_INSECURE_LOGIN",
            Self::NoFallback => "OCTOPOOL_NO_FALLBACK",
            Self::Fresh => "OCTOPOOL_FRESH",
            Self::Explain => "OCTOPOOL_EXPLAIN",
        }
    }

    /// Whether it is on. An unknown word is an error: some of these protect a credential, and a
    /// protection that was meant to be on must not be off because of its spelling.
    pub(crate) fn is_on(self) -> Result<bool> {
        let name = self.name();
        truth(std::env::var_os(name)).ok_or_else(|| {
            Error::usage(format!("The environment variable {name} is neither on nor off."))
                .hint("Set it to 1, true, yes or on; or to 0, false, no or off; or unset it.")
        })
    }
}

/// Fails if a switch has a value that is neither on nor off, even one that this command does not
/// read: a typo is found at the first command, not at the one that it was to protect.
pub(crate) fn check_switches() -> Result<()> {
    Switch::ALL.iter().try_for_each(|switch| switch.is_on().map(drop))
}

/// The usual words, in any letter case.
fn truth(value: Option<OsString>) -> Option<bool> {
    let Some(value) = value else { return Some(false) };
    match value.to_str()?.trim().to_ascii_lowercase().as_str() {
        "" | "0" | "false" | "f" | "no" | "n" | "off" | "disable" | "disabled" => Some(false),
        "1" | "true" | "t" | "yes" | "y" | "on" | "enable" | "enabled" => Some(true),
        _ => None,
    }
}
