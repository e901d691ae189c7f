//! `octopool gh …`, also under the name `gh`: reads that the pool can serve go to the server,
//! everything else to the real gh.
//!
//! gh's own arguments are gh's: none of them is an option of ours, and what is not understood here
//! in every detail is handed on as it came, so that a newer gh's flags and errors are its own.

mod api_call;
mod flags;
mod pages;
mod printed;
mod real;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use octopool_api_types::ErrorCode;

use crate::environment::{self, Switch};
use crate::error::{Error, Exit, Result};
use crate::output::Output;
use crate::relay::Envelope;
use crate::session::CallerArgs;

use api_call::ApiCall;

/// What gh is to be given, if this process was started as `gh` or as `octopool gh`.
pub(crate) fn arguments(mut all: impl Iterator<Item = OsString>) -> Option<Vec<OsString>> {
    let name = all.next()?;
    if is_gh(&name) {
        return Some(all.collect());
    }
    (all.next()? == "gh").then(|| all.collect())
}

fn is_gh(name: &OsStr) -> bool {
    let file = Path::new(name).file_name().and_then(OsStr::to_str).unwrap_or_default();
    if cfg!(windows) {
        file.eq_ignore_ascii_case("gh.exe") || file.eq_ignore_ascii_case("gh")
    } else {
        file == "gh"
    }
}

/// Serves a read, or becomes gh.
pub(crate) fn run(arguments: &[OsString], output: &mut Output) -> Result<Exit> {
    environment::check_switches()?;
    let host = environment::variable("GH_HOST");
    let Some(call) = ApiCall::parse(arguments, host.as_deref()) else {
        return real::hand_over(arguments, None);
    };
    match serve(&call, output) {
        Err(error) if is_left_to_gh(&error) => {
            if Switch::NoFallback.is_on()? {
                return Err(error.hint("OCTOPOOL_NO_FALLBACK forbids to ask with your own gh instead."));
            }
            // A login to be renewed is news; that the pool does not serve something is not.
            if error.status() != Some(424) {
                output.note(&format!("octopool: {} Going on with gh's own login.", error.message()));
            }
            real::hand_over(arguments, Some(&error))
        }
        result => result,
    }
}

/// Nothing is printed before every page is there: gh would print the first ones a second time.
fn serve(call: &ApiCall, output: &mut Output) -> Result<Exit> {
    let session = CallerArgs::default().session(output)?;
    let pages = pages::read(call, &session)?;
    if let Some(notice) = pages.iter().find_map(Envelope::notice) {
        output.note(&notice);
    }
    printed::show(call, &pages, output)
}

/// Only what says that the pool does not serve this caller this read, and gh might. A server that
/// fails, forbids or cannot be understood is not bypassed, because its operator has to see
/// that.
fn is_left_to_gh(error: &Error) -> bool {
    let code = error.code();
    match error.status() {
        Some(424) => code == ErrorCode::FallbackLocal.as_str(),
        Some(401) => {
            [ErrorCode::MissingAuth, ErrorCode::InvalidAuth].iter().any(|known| code == known.as_str())
        }
        Some(_) => false,
        None => matches!(code, "not_logged_in" | "no_server"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::arguments;

    #[test]
    fn gh_is_recognized_by_its_name_or_as_the_first_word() {
        let given = |line: &str| {
            let given = arguments(line.split(' ').map(OsString::from))?;
            Some(given.join(&OsString::from(" ")).into_string().unwrap())
        };
        assert_eq!(given("/usr/bin/gh --help"), Some("--help".to_owned()));
        assert_eq!(given("gh"), Some(String::new()));
        assert_eq!(given("octopool gh api --json /x"), Some("api --json /x".to_owned()));
        for line in ["octopool", "octopool help gh", "/gh/octopool health", "ghx api"] {
            assert_eq!(given(line), None, "{line}");
        }
    }
}
