//! Tokens of every kind.

use secrecy::SecretString;

use crate::error::{Error, Result};

/// Whether a text can be a token, which has to fit into a header.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The token that a server created.
pub(crate) fn created(token: Option<String>) -> Result<SecretString> {
    let missing = || Error::failed("unexpected_answer", "The server's answer holds no usable token.");
    token.filter(|token| is_token(token)).map(SecretString::from).ok_or_else(missing)
}
