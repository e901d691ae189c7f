//! Coordinators without Durable Objects: the real code, one for each pool, and storage that
//! outlives an eviction.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use octopool_core::{PoolId, Timestamp};
use octopool_worker::coordinator::{Flights, State, Storage};
use octopool_worker::ports::coordinator::{CoordinatorReply, CoordinatorRequest, Record};
use octopool_worker::ports::{Clock as _, CoordinatorError, Coordinators};

use crate::TestClock;
use crate::background::in_background;

type Records = Arc<Mutex<BTreeMap<String, Record>>>;

/// The coordinators of one test.
#[derive(Clone)]
pub struct TestCoordinators {
    clock: TestClock,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    by_pool: BTreeMap<String, Arc<Flights<Stored>>>,
    records: BTreeMap<String, Records>,
    generation: u64,
    overloaded: bool,
    calls: usize,
}

struct Stored(Records);

impl Storage for Stored {
    fn write(&self, records: &[Record]) {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            stored.insert(record.key(), record.clone());
        }
    }

    fn forget(&self, now: Timestamp) {
        let mut stored = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stored.retain(|_, record| record.ends_at() > now);
    }
}

impl TestCoordinators {
    pub(crate) fn new(clock: TestClock) -> Self {
        Self { clock, inner: Arc::default() }
    }

    /// Evicts every object: what it wrote down stays, who waits is left alone.
    pub fn evict(&self) {
        self.lock().by_pool.clear();
    }

    /// Lets every call fail from now on, or not any more.
    pub fn overload(&self, overloaded: bool) {
        self.lock().overloaded = overloaded;
    }

    /// Calls that somebody waited for, so far.
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    /// Everything that is written down, for looking for what must not be.
    pub fn dump(&self) -> String {
        let inner = self.lock();
        let records = inner.records.values().map(|records| {
            let records = records.lock().unwrap_or_else(PoisonError::into_inner);
            serde_json::to_string(&records.values().collect::<Vec<_>>()).unwrap_or_default()
        });
        records.collect()
    }

    fn flights(&self, pool: &PoolId) -> Result<Arc<Flights<Stored>>, CoordinatorError> {
        let now = self.clock.now();
        let inner = &mut *self.lock();
        if !in_background() {
            inner.calls += 1;
        }
        if inner.overloaded {
            return Err(CoordinatorError("overloaded".to_owned()));
        }
        if let Some(flights) = inner.by_pool.get(pool.as_str()) {
            return Ok(Arc::clone(flights));
        }
        inner.generation += 1_000_000;
        let records = Arc::clone(inner.records.entry(pool.to_string()).or_default());
        let known =
            records.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect::<Vec<_>>();
        let flights = Arc::new(Flights::new(State::restore(known, inner.generation, now), Stored(records)));
        inner.by_pool.insert(pool.to_string(), Arc::clone(&flights));
        Ok(flights)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Coordinators for TestCoordinators {
    fn ask<'a>(
        &'a self,
        pool: &'a PoolId,
        ask: CoordinatorRequest,
    ) -> BoxFuture<'a, Result<CoordinatorReply, CoordinatorError>> {
        Box::pin(async move {
            let flights = self.flights(pool)?;
            // As on workerd, everything goes over the wire.
            let ask = CoordinatorRequest::from_bytes(&ask.to_bytes().into())
                .ok_or_else(|| CoordinatorError("an ask".to_owned()))?;
            let reply =
                flights.answer(ask, self.clock.now(), |time| Box::pin(tokio::time::sleep(time))).await;
            CoordinatorReply::from_bytes(&reply.to_bytes().into())
                .ok_or_else(|| CoordinatorError("a reply".to_owned()))
        })
    }
}
