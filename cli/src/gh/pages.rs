//! Asking the server for the pages of a call.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use octopool_api_types::{ErrorCode, FallbackReason};

use super::api_call::{ApiCall, Pages};
use crate::error::{Error, Result};
use crate::relay::{self, Envelope};
use crate::session::Session;

/// How long an overloaded server is left alone before it is asked once more. Other reasons to wait
/// (identities that cool down, a used up budget) last minutes, which is no time to wait for in the
/// foreground.
const BREATH: Duration = Duration::from_millis(300);

/// All pages that the call asks for; the last one may be a refusal of GitHub's.
pub(super) fn read(call: &ApiCall, session: &Session) -> Result<Vec<Envelope>> {
    let mut pages = Vec::new();
    let mut query = call.query.clone();
    let mut asked = BTreeSet::new();
    loop {
        if !asked.insert(query.clone()) {
            return Err(Error::failed("unexpected_answer", "GitHub's pages lead in a circle."));
        }
        let page = one(call, session, &query)?;
        let next = page.next_page().filter(|_| call.pages != Pages::One && page.status < 300);
        pages.push(page);
        match next {
            Some(next) => query = next,
            None => return Ok(pages),
        }
    }
}

fn one(call: &ApiCall, session: &Session, query: &[(String, String)]) -> Result<Envelope> {
    let request = relay::request(session, call.path.as_str(), query, &call.headers)?;
    let answer = match relay::ask(session, &request) {
        Err(error) if is_overloaded(&error) => {
            thread::sleep(BREATH);
            relay::ask(session, &request)
        }
        answer => answer,
    };
    answer?.decode()
}

fn is_overloaded(error: &Error) -> bool {
    error.code() == ErrorCode::RelayOverloaded.as_str()
        || error.detail("reason") == Some(FallbackReason::RelayOverloaded.as_str())
}
