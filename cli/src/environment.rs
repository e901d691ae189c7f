//! Environment variables. A blank one counts as unset: shells and CI systems pass on unset settings
//! that way.

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

/// Whether plain http to other machines is allowed explicitly.
pub(crate) fn allows_insecure_login() -> bool {
    is_set("OCTOPOOL_ALLOW_INSECURE_LOGIN")
}

/// Whether the user's own gh must not be used for reads that the pool does not serve.
pub(crate) fn forbids_fallback() -> bool {
    is_set("OCTOPOOL_NO_FALLBACK")
}

/// Whether reads bypass the cache.
pub(crate) fn asks_anew() -> bool {
    is_set("OCTOPOOL_FRESH")
}

fn is_set(name: &str) -> bool {
    variable(name).is_some_and(|value| value == "1")
}
