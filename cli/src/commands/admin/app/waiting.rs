//! Waiting until the user has installed the App.

use std::thread;
use std::time::{Duration, Instant};

use super::browser;

use super::github::{Installation, Refused};
use super::keyed::{Context, Keyed};
use super::registering::by_hand;
use crate::error::{Error, Result};
use crate::output::Output;

/// The App may send 5,000 requests an hour.
const POLL: Duration = Duration::from_secs(2);
/// How often the user is told that this still waits.
const PROGRESS: Duration = Duration::from_mins(1);
/// For how long a new App, or a new key, may still be unknown to some of GitHub's servers.
const SETTLES: Duration = Duration::from_secs(30);

/// Opens the installation page unless the App is installed already, and returns the installation's
/// number as soon as there is one.
pub(super) fn for_installation(
    context: &Context<'_>,
    keyed: &Keyed,
    secret_ref: &str,
    output: &mut Output,
) -> Result<i64> {
    let mut poll = Poll { context, keyed, start: Instant::now(), failure: None };
    if let Some(id) = poll.look()? {
        return Ok(id);
    }
    let page = context.github.installation_page(&keyed.app);
    browser::show(
        &page,
        "Install the App there; this waits until you have.",
        !context.args.no_browser,
        output,
    );
    output.note(&format!(
        "  Should this be interrupted, go on with: {}",
        by_hand(context, keyed, secret_ref, "NUMBER  # at the end of the installation's address")
    ));
    let patience = context.args.patience();
    let mut told = Instant::now();
    while poll.start.elapsed() < patience {
        thread::sleep(POLL);
        if let Some(id) = poll.look()? {
            output.note("The App is installed.");
            return Ok(id);
        }
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            let left = patience.saturating_sub(poll.start.elapsed()).as_secs().div_ceil(60);
            output.note(&format!("It is not installed yet; this waits for {left} more minutes."));
        }
    }
    Err(poll.too_late(&page, secret_ref))
}

struct Poll<'a> {
    context: &'a Context<'a>,
    keyed: &'a Keyed,
    start: Instant,
    /// Why GitHub could not be asked last.
    failure: Option<Error>,
}

impl Poll<'_> {
    /// The App's installation on its owner's account, where an App that is not public can be only.
    fn look(&mut self) -> Result<Option<i64>> {
        let Keyed { app, id, key, .. } = self.keyed;
        match self.context.github.installations(id.as_str(), key) {
            Ok(installations) => {
                self.failure = None;
                let is_owners = |it: &&Installation| {
                    it.account
                        .as_ref()
                        .is_some_and(|account| account.login.eq_ignore_ascii_case(&app.owner.login))
                };
                let owners = installations.iter().find(is_owners);
                Ok(owners.or_else(|| installations.first()).map(|it| it.id))
            }
            Err(Refused::NotTheApp) if self.start.elapsed() >= SETTLES => Err(Error::failed(
                "app_not_accepted",
                format!("GitHub does not accept the key of the App {} any more.", app.slug),
            )
            .hint("The App or its key was deleted on GitHub. Run the command again for a new one.")),
            Err(Refused::NotTheApp) => Ok(None),
            // GitHub may be back before the time is over.
            Err(Refused::Error(error)) => {
                self.failure = Some(error);
                Ok(None)
            }
        }
    }

    fn too_late(self, page: &str, secret_ref: &str) -> Error {
        let by_hand = by_hand(self.context, self.keyed, secret_ref, "NUMBER");
        if let Some(failure) = self.failure {
            return failure
                .hint(format!("When GitHub answers again, install the App at {page}, then: {by_hand}"));
        }
        Error::failed(
            "app_not_installed",
            format!("The App {} was not installed in time.", self.keyed.app.slug),
        )
        .hint(format!("Install it at {page}"))
        .hint(format!("Then run, with the number at the end of the address that GitHub leads to: {by_hand}"))
    }
}
