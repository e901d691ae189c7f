//! Coordinators without Durable Objects: the real rooms, one per pool, and a storage that outlives an eviction.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::BoxFuture;
use octopool_core::{PoolId, Timestamp};
use octopool_worker::coordinator::{Room, State, Storage};
use octopool_worker::ports::coordinator::{Ask, Record, Reply};
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
    rooms: BTreeMap<String, Arc<Room<Stored>>>,
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
        self.lock().rooms.clear();
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

    fn room(&self, pool: &PoolId) -> Result<Arc<Room<Stored>>, CoordinatorError> {
        let now = self.clock.now();
        let inner = &mut *self.lock();
        if !in_background() {
            inner.calls += 1;
        }
        if inner.overloaded {
            return Err(CoordinatorError("overloaded".to_owned()));
        }
        if let Some(room) = inner.rooms.get(pool.as_str()) {
            return Ok(Arc::clone(room));
        }
        inner.generation += 1_000_000;
        let records = Arc::clone(inner.records.entry(pool.to_string()).or_default());
        let known =
            records.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect::<Vec<_>>();
        let room = Arc::new(Room::new(State::restore(known, inner.generation, now), Stored(records)));
        inner.rooms.insert(pool.to_string(), Arc::clone(&room));
        Ok(room)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Coordinators for TestCoordinators {
    fn ask<'a>(&'a self, pool: &'a PoolId, ask: Ask) -> BoxFuture<'a, Result<Reply, CoordinatorError>> {
        Box::pin(async move {
            let room = self.room(pool)?;
            // As on workerd, everything goes over the wire.
            let ask = Ask::from_bytes(&ask.to_bytes().into())
                .ok_or_else(|| CoordinatorError("an ask".to_owned()))?;
            let reply = room.answer(ask, self.clock.now(), |time| Box::pin(tokio::time::sleep(time))).await;
            Reply::from_bytes(&reply.to_bytes().into()).ok_or_else(|| CoordinatorError("a reply".to_owned()))
        })
    }
}
