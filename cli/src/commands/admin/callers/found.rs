//! A caller as people name it: by its id, or by the GitHub login that it last had.

use octopool_api_types::{Caller, CallerList, paths};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::http::Server;
use crate::session;

/// A caller that a command is about.
pub(in crate::commands::admin) struct Found {
    pub(in crate::commands::admin) id: String,
    /// What it is called in a sentence: its login if it was named by it, otherwise its id.
    pub(in crate::commands::admin) name: String,
}

/// Finds the caller with this id or login. An id is not looked up: the request that follows names
/// it. A login is, and it has to be the login of one caller only.
pub(in crate::commands::admin) fn find(server: &Server, named: &str) -> Result<Found> {
    let named = session::path_name("caller", named)?;
    if let Ok(id) = Uuid::parse_str(&named) {
        let id = id.to_string();
        return Ok(Found { name: id.clone(), id });
    }
    let login = named.strip_prefix('@').unwrap_or(&named);
    let page: CallerList =
        server.query(paths::ADMIN_CALLERS, &[("login", Some(login)), ("limit", Some("200"))])?.decode()?;
    match page.callers.as_slice() {
        [] => Err(Error::failed("caller_not_found", format!("No caller has the login {login}.")).hint(
            "`octopool admin callers list` shows the callers; a renamed account has its new login after \
                   its next `octopool login`.",
        )),
        [Caller { id, github_login, .. }] => Ok(Found { id: id.clone(), name: github_login.clone() }),
        several => Err(ambiguous(login, several)),
    }
}

/// GitHub gives a login that became free to another account, and octopool knows both by the login
/// that they last had.
fn ambiguous(login: &str, callers: &[Caller]) -> Error {
    let callers = callers.iter().map(|caller| {
        format!("{} is GitHub id {}, verified {}.", caller.id, caller.github_user_id, caller.org_verified_at)
    });
    Error::usage(format!("Several callers last had the login {login}: name the caller by its id."))
        .coded("ambiguous_login")
        .hints(callers.collect::<Vec<_>>())
}
