//! State, faults and recordings behind one lock.

use std::sync::{Mutex, PoisonError};

use http::StatusCode;

use crate::call::Incoming;
use crate::call::answer::Answer;
use crate::call::caller::Caller;
use crate::faults::{Effect, Faults};
use crate::model::State;
use crate::model::principal::Principal;
use crate::recording::{Headers, RecordedRequest};

/// Called after each answer, with the request and the status.
pub type Observer = fn(&RecordedRequest, u16);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct World {
    inner: Mutex<Inner>,
    base_url: String,
    observer: Option<Observer>,
}

/// What the lock protects.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) state: State,
    pub(crate) faults: Faults,
    pub(crate) requests: Vec<RecordedRequest>,
    /// Answers so far, for request ids.
    pub(crate) served: u64,
}

impl World {
    pub(crate) fn new(state: State, base_url: String, observer: Option<Observer>) -> Self {
        Self { inner: Mutex::new(Inner { state, ..Inner::default() }), base_url, observer }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Never held over an await. A test that panicked while editing must not fail the others as
    /// well, so poison is ignored.
    pub(crate) fn with<R>(&self, use_it: impl FnOnce(&mut Inner) -> R) -> R {
        use_it(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn observe(&self, request: &RecordedRequest, status: StatusCode) {
        if let Some(observer) = self.observer {
            observer(request, status.as_u16());
        }
    }

    /// Authenticates the request, records it and takes the fault that matches.
    pub(crate) fn admit(
        &self,
        incoming: &Incoming,
    ) -> (Result<Caller, Answer>, RecordedRequest, Option<Effect>) {
        self.with(|inner| {
            let caller = Caller::resolve(&incoming.headers, &inner.state);
            let principal = caller.as_ref().map_or(Principal::Anonymous, Caller::principal);
            let record = record(incoming, &caller, principal, &inner.state);
            inner.requests.push(record.clone());
            let effect = inner.faults.take(&incoming.method, &incoming.path, principal);
            (caller, record, effect)
        })
    }
}

fn record(
    incoming: &Incoming,
    caller: &Result<Caller, Answer>,
    principal: Principal,
    state: &State,
) -> RecordedRequest {
    let headers = Headers::read(&incoming.headers, &state.tokens);
    RecordedRequest {
        method: incoming.method.clone(),
        path: state.tokens.redact(&incoming.path),
        enterprise: incoming.enterprise,
        query: state.tokens.redact(&incoming.query),
        accept: headers.accept,
        user_agent: headers.user_agent,
        api_version: headers.api_version,
        if_none_match: headers.if_none_match,
        authorization: headers.authorization,
        principal,
        token: caller.as_ref().ok().and_then(|caller| caller.token.clone()),
        rejected: caller.is_err(),
    }
}
