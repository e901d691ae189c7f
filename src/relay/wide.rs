//! Tokens that may see more than everybody does. A GraphQL query can lead from one object to any
//! other, so only a credential that sees nothing else is used for it: an installation token that is
//! confined to one public repository, or a classic token without scopes.

use std::time::Duration;

use http::HeaderMap;

use super::memory::Memory;
use crate::app::App;

/// For how long a token is left alone. Its scopes can be changed without changing it.
const LEFT_ALONE: Duration = Duration::from_mins(10);

/// Whether the token that an answer was given to sees only what is public: GitHub names its scopes
/// and there are none
/// (<https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>). Of a
/// fine-grained token it names none at all, and nothing is known.
pub(super) fn is_public_only(headers: &HeaderMap) -> bool {
    headers.get("x-oauth-scopes").is_some_and(|scopes| scopes.as_bytes().trim_ascii().is_empty())
}

/// Remembers that the credential with this budget is not to be spent for a query.
pub(super) fn remember(app: &App, budget: &str) {
    Memory::of(app).wide.keep(budget.to_owned(), (), app.now());
}

/// Whether the credential with this budget was found to see more.
pub(super) fn is_known(app: &App, budget: &str) -> bool {
    Memory::of(app).wide.find(&budget.to_owned(), LEFT_ALONE, app.now()).is_some()
}
