//! Faults on demand: what goes wrong, for which requests, how often.
//!
//! The same type serves tests in process ([`GithubStandin::fault`](crate::GithubStandin::fault))
//! and `POST /_standin/faults`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::accounts::AccountId;
use crate::model::principal::Principal;

/// One thing that goes wrong.
///
/// A request meets at most one fault: the first in the order of registration that matches and is
/// not used up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Only requests with this method; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The path, without `/api/v3`; with `*` at its end, everything that begins so.
    pub path: String,
    /// Only requests of this principal, written as [`Principal`] prints it: `account:1001`; any
    /// when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// How many requests it meets; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens to them.
    pub effect: Effect,
}

/// What happens to a request that meets a fault.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// This answer instead of the real one, also where the stand-in has no route. Rate-limit
    /// headers are there as ever, unless `headers` changes a header or, with `null`, removes it.
    Respond {
        /// The status.
        status: u16,
        /// The JSON body. Absent: GitHub's error body for a status of 400 and above, none below.
        #[serde(default)]
        body: Option<Value>,
        /// Headers set or removed.
        #[serde(default)]
        headers: BTreeMap<String, Option<String>>,
    },
    /// The real answer with headers set or, with `null`, removed: malformed rate limits, an
    /// unexpected `retry-after`.
    Headers {
        /// Headers set or removed.
        headers: BTreeMap<String, Option<String>>,
    },
    /// JSON that is small on the wire, under `content-encoding: gzip`, and `bytes` long when it is
    /// inflated.
    GzipBomb {
        /// Length of the inflated body.
        bytes: u64,
    },
    /// 304, also to those who did not ask whether anything changed.
    NotModified,
    /// The primary rate limit is used up, from now to the end of its window.
    ExhaustQuota,
    /// A secondary rate limit.
    SecondaryLimit {
        /// 403 or 429; GitHub uses both.
        status: u16,
        /// `retry-after` in seconds; GitHub does not always send it.
        #[serde(default)]
        retry_after: Option<u32>,
    },
    /// An HTML page with status 200, as a proxy or an outage page would send.
    Html,
    /// The same page with this status, as a proxy or another server would refuse.
    Page {
        /// The status.
        status: u16,
    },
    /// Half of the real body under the length of the whole, then the connection ends.
    Truncate,
    /// The real body with every value replaced by one of another type.
    Nonsense,
    /// The real body, but it speaks of the account with this id.
    SubstituteAccount {
        /// The id put in.
        id: AccountId,
    },
    /// A redirect.
    Redirect {
        /// Where to.
        location: String,
        /// 301, 302, 307 or 308; 302 when absent.
        #[serde(default = "found")]
        status: u16,
    },
    /// The real answer, late.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// No answer; the connection stays open.
    NeverAnswer,
    /// The connection ends before the answer begins.
    DropConnection,
}

fn found() -> u16 {
    302
}

impl Fault {
    /// Every request with this method and path has this effect. `*` at the end of the path matches
    /// any rest.
    pub fn on(method: &str, path: &str, effect: Effect) -> Self {
        Self { method: Some(method.to_owned()), path: path.to_owned(), principal: None, times: None, effect }
    }

    /// Only the next `times` requests.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times: Some(times), ..self }
    }

    /// Only the next request.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Only requests of this principal.
    #[must_use]
    pub fn by(self, principal: Principal) -> Self {
        Self { principal: Some(principal.to_string()), ..self }
    }

    fn matches(&self, method: &str, path: &str, principal: Principal) -> bool {
        let path_matches = match self.path.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => path == self.path,
        };
        path_matches
            && self.times != Some(0)
            && self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.principal.as_ref().is_none_or(|wanted| *wanted == principal.to_string())
    }
}

impl Effect {
    /// This status, with GitHub's error body.
    pub fn status(status: u16) -> Self {
        Self::Respond { status, body: None, headers: BTreeMap::new() }
    }

    /// This status and JSON body.
    pub fn respond(status: u16, body: Value) -> Self {
        Self::Respond { status, body: Some(body), headers: BTreeMap::new() }
    }

    /// The real answer, until a header is added or taken away.
    pub fn headers() -> Self {
        Self::Headers { headers: BTreeMap::new() }
    }

    /// Adds a header to a [`Effect::Respond`] or [`Effect::Headers`]; other effects stay as they
    /// are.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Respond { headers, .. } | Self::Headers { headers } = &mut self {
            headers.insert(name.to_owned(), Some(value.to_owned()));
        }
        self
    }

    /// Takes a header away from a [`Effect::Respond`] or [`Effect::Headers`]; other effects stay as
    /// they are.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        if let Self::Respond { headers, .. } | Self::Headers { headers } = &mut self {
            headers.insert(name.to_owned(), None);
        }
        self
    }
}

/// The faults that wait for a request.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.0
    }

    /// The effect for this request, if one matches. Counts the use.
    pub(crate) fn take(&mut self, method: &str, path: &str, principal: Principal) -> Option<Effect> {
        let fault = self.0.iter_mut().find(|fault| fault.matches(method, path, principal))?;
        fault.times = fault.times.map(|left| left - 1);
        let effect = fault.effect.clone();
        self.0.retain(|fault| fault.times != Some(0));
        Some(effect)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counted_fault_is_used_up() {
        let mut faults = Faults::default();
        faults.add(Fault::on("GET", "/user", Effect::Html).once());
        assert_eq!(faults.take("GET", "/user", Principal::Anonymous), Some(Effect::Html));
        assert_eq!(faults.take("GET", "/user", Principal::Anonymous), None);
    }

    #[test]
    fn a_star_matches_any_rest_and_nothing_else() {
        let fault = Fault::on("GET", "/orgs/acme/*", Effect::Html);
        assert!(fault.matches("GET", "/orgs/acme/members/mona", Principal::Anonymous));
        assert!(!fault.matches("GET", "/orgs/umbrella", Principal::Anonymous));
        assert!(!fault.matches("POST", "/orgs/acme/members", Principal::Anonymous));
    }

    #[test]
    fn a_fault_may_strike_one_principal_only() {
        let fault = Fault::on("GET", "/user", Effect::Html).by(Principal::Account(1));
        assert!(fault.matches("GET", "/user", Principal::Account(1)));
        assert!(!fault.matches("GET", "/user", Principal::Account(2)));
    }

    #[test]
    fn a_fault_is_readable_json() {
        let fault = Fault::on("GET", "/user", Effect::SecondaryLimit { status: 429, retry_after: Some(7) });
        let json = serde_json::json!({
            "method": "GET",
            "path": "/user",
            "effect": { "kind": "secondary_limit", "status": 429, "retry_after": 7 },
        });
        assert_eq!(serde_json::to_value(&fault).unwrap(), json);
        assert_eq!(serde_json::from_value::<Fault>(json).unwrap(), fault);
    }
}
