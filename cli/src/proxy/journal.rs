//! What happened to each request: for `--octopool-explain`, for `octopool proxy status`, and the
//! counts of what used the user's own budget.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use octopool_api_types::CacheOutcome;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::reason::Reason;

/// A proxy that runs for weeks keeps the last ones only.
const MOST_ENTRIES: usize = 1000;

/// What happened to a request.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The pool served it.
    Served { cache: CacheOutcome, identity: Option<String> },
    /// It was sent where the client sent it, with the client's credential.
    Direct(Reason),
    /// The same for one that has no credential, such as a download behind a signed address.
    Passed(Reason),
    /// It was not sent anywhere.
    Refused(Reason),
}

/// A request and what happened to it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// `GET api.github.com/repos/acme/rocket`, without the query.
    pub(crate) request: String,
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
}

/// All that a proxy did.
pub(crate) struct Journal {
    /// RFC 3339.
    since: String,
    pages: Mutex<Pages>,
}

impl Default for Journal {
    fn default() -> Self {
        let since = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        Self { since, pages: Mutex::default() }
    }
}

#[derive(Default)]
struct Pages {
    entries: VecDeque<Entry>,
    counts: BTreeMap<(&'static str, &'static str), u64>,
    notice: Option<String>,
    note: Option<String>,
}

impl Outcome {
    fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Served { cache, .. } => ("served", cache.as_str()),
            Self::Direct(reason) => ("direct", reason.as_str()),
            Self::Passed(reason) => ("passed", reason.as_str()),
            Self::Refused(reason) => ("refused", reason.as_str()),
        }
    }
}

impl Entry {
    /// The entry for people.
    pub(crate) fn line(&self) -> String {
        let outcome = match &self.outcome {
            Outcome::Served { cache, identity } => {
                let identity = identity.as_ref().map(|id| format!(", identity {id}")).unwrap_or_default();
                format!("served by the pool ({}{identity})", cache.as_str())
            }
            Outcome::Direct(reason) => format!("sent directly ({}: {})", reason.as_str(), reason.explained()),
            Outcome::Passed(reason) => {
                format!("passed on without a credential ({}: {})", reason.as_str(), reason.explained())
            }
            Outcome::Refused(reason) => format!("not sent ({}: {})", reason.as_str(), reason.explained()),
        };
        format!("octopool: {}: {outcome}, HTTP {}", self.request, self.status)
    }
}

impl Journal {
    pub(crate) fn add(&self, entry: Entry) {
        let mut pages = self.pages();
        *pages.counts.entry(entry.outcome.words()).or_default() += 1;
        pages.entries.push_back(entry);
        if pages.entries.len() > MOST_ENTRIES {
            pages.entries.pop_front();
        }
    }

    /// Keeps the first notice about an answer from the cache.
    pub(crate) fn notice(&self, text: String) {
        self.pages().notice.get_or_insert(text);
    }

    /// Keeps the first note about a pool that needs a repair.
    pub(crate) fn note(&self, text: String) {
        self.pages().note.get_or_insert(text);
    }

    /// When it began, RFC 3339.
    pub(crate) fn since(&self) -> &str {
        &self.since
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.pages().entries.iter().cloned().collect()
    }

    /// What the user has to know: the note and the notice.
    pub(crate) fn news(&self) -> Vec<String> {
        let pages = self.pages();
        pages.note.iter().chain(&pages.notice).cloned().collect()
    }

    /// The counts by outcome and reason: `{"served": {"hit": 3}, "direct": {"write": 1}}`.
    pub(crate) fn counts(&self) -> Value {
        let mut counts = json!({"served": {}, "direct": {}, "passed": {}, "refused": {}});
        for ((outcome, reason), number) in &self.pages().counts {
            counts[*outcome][*reason] = (*number).into();
        }
        counts
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use octopool_api_types::CacheOutcome;
    use serde_json::json;

    use super::{Entry, Journal, Outcome};
    use crate::proxy::reason::Reason;

    #[test]
    fn entries_are_lines_and_counts() {
        let journal = Journal::default();
        let served = Outcome::Served { cache: CacheOutcome::Hit, identity: Some("mona".into()) };
        for (outcome, line) in [
            (served, "octopool: GET x/y: served by the pool (hit, identity mona), HTTP 200"),
            (
                Outcome::Direct(Reason::Write),
                "octopool: GET x/y: sent directly (write: it changes something), HTTP 200",
            ),
            (
                Outcome::Refused(Reason::Write),
                "octopool: GET x/y: not sent (write: it changes something), HTTP 200",
            ),
        ] {
            let entry = Entry { request: "GET x/y".into(), outcome, status: 200 };
            assert_eq!(entry.line(), line);
            journal.add(entry);
        }
        let counts =
            json!({"served": {"hit": 1}, "direct": {"write": 1}, "passed": {}, "refused": {"write": 1}});
        assert_eq!(journal.counts(), counts);
    }

    #[test]
    fn the_first_news_stay_and_the_last_entries() {
        let journal = Journal::default();
        for number in 0..1200 {
            journal.note(format!("note {number}"));
            journal.notice(format!("notice {number}"));
            let outcome = Outcome::Direct(Reason::Write);
            journal.add(Entry { request: number.to_string(), outcome, status: 200 });
        }
        assert_eq!(journal.news(), ["note 0", "notice 0"]);
        assert_eq!((journal.entries().len(), journal.entries()[0].request.as_str()), (1000, "200"));
    }
}
