//! Where those wait whose question is being asked already.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{BoxFuture, Either, select};
use octopool_core::Timestamp;

use super::protocol::{Ask, Begin, FlightId, Record, Reply, Shared};
use super::state::{Begun, State};

/// What a coordinator's memory outlives an eviction in. Writing does not wait: a Durable Object holds an answer back until what was
/// written before it is safe.
pub trait Storage {
    /// Writes these, each in place of an earlier one with its key.
    fn write(&self, records: &[Record]);
}

/// A coordinator: its state, and who waits.
pub struct Room<S> {
    storage: S,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    /// By flight; `None` is sent where nothing came of it.
    waiting: BTreeMap<FlightId, Vec<oneshot::Sender<Shared>>>,
    /// What came of the last flights, with its key and when.
    landed: VecDeque<(String, Timestamp, Shared)>,
}

/// Answers of the last moments, for whoever looked into the cache just before one was put there. More is the cache's business.
const MOST_LANDED: usize = 32;
/// A larger answer is not kept: 128 MB are all that a Durable Object has.
const LARGEST_LANDED: usize = 256 * 1024;

impl<S: Storage> Room<S> {
    /// A room with what was known before.
    pub fn new(state: State, storage: S) -> Self {
        Self {
            storage,
            inner: Mutex::new(Inner { state, waiting: BTreeMap::new(), landed: VecDeque::new() }),
        }
    }

    /// Answers. Only waiting takes time, and `sleep` ends it.
    pub async fn answer(
        &self,
        ask: Ask,
        now: Timestamp,
        sleep: impl FnOnce(Duration) -> BoxFuture<'static, ()>,
    ) -> Reply {
        let (flight, until) = match self.decide(ask, now) {
            Ok(reply) => return reply,
            Err(Wait::ForFlight(flight, until)) => (flight, until),
            Err(Wait::ForTurn(begin, until)) => {
                sleep(patience(until, now)).await;
                // If somebody else asks the same by now, beginning anew is the way to wait for that.
                return self.begin_in_turn(&begin, until).unwrap_or(Reply::Again);
            }
        };
        let patience = patience(until, now);
        let (answer, told) = oneshot::channel();
        self.lock().waiting.entry(flight).or_default().push(answer);
        match select(told, sleep(patience)).await {
            Either::Left((Ok(shared), _)) => Reply::Shared(shared),
            // The leader had nothing to share, or never came back.
            Either::Left((Err(_), _)) | Either::Right(_) => Reply::Again,
        }
    }

    /// Goes on with somebody who has waited for a place in the queue of mints.
    fn begin_in_turn(&self, begin: &Begin, now: Timestamp) -> Result<Reply, Wait> {
        let mut inner = self.lock();
        let outcome = inner.state.begin_in_turn(begin, now);
        let changes = inner.state.take_changes();
        drop(inner);
        if !changes.is_empty() {
            self.storage.write(&changes);
        }
        replied(outcome)
    }

    /// Decides without waiting; otherwise for what to wait.
    fn decide(&self, ask: Ask, now: Timestamp) -> Result<Reply, Wait> {
        let mut inner = self.lock();
        let reply = match ask {
            Ask::Begin(begin) => {
                let landed = inner.landed.iter().rev();
                let mut landed = landed.filter(|(key, at, _)| *key == begin.key && *at > begin.looked_at);
                if let (None, Some((_, _, shared))) = (begin.flight, landed.next()) {
                    return Ok(Reply::Shared(shared.clone()));
                }
                let outcome = inner.state.begin(&begin, now);
                if let Begun::Later(until) = outcome {
                    return Err(Wait::ForTurn(Box::new(begin), until));
                }
                if let (Begun::Nobody(_) | Begun::TooManyChecks, Some(flight)) = (&outcome, begin.flight) {
                    // The last attempt failed. Those who wait ask for themselves and hear the same.
                    inner.state.finish(&super::Finish::nothing(begin.key, flight));
                    inner.waiting.remove(&flight);
                }
                replied(outcome)
            }
            Ask::Token { identity, budget, flight_millis, refused } => {
                let begun = inner.state.token((&identity, &budget), refused, flight_millis, now);
                replied(begun)
            }
            Ask::Finish(mut finish) => {
                let shared = finish.shared.take();
                inner.state.finish(&finish);
                let waiting = inner.waiting.remove(&finish.flight).unwrap_or_default();
                if let Some(shared) = shared {
                    if shared.body.len() <= LARGEST_LANDED {
                        if inner.landed.len() >= MOST_LANDED {
                            inner.landed.pop_front();
                        }
                        inner.landed.push_back((finish.key, now, shared.clone()));
                    }
                    for sender in waiting {
                        // Whoever does not wait any more has gone.
                        let _ = sender.send(shared.clone());
                    }
                }
                Ok(Reply::Noted)
            }
            Ask::Health => Ok(Reply::Health(inner.state.health(now))),
        };
        let changes = inner.state.take_changes();
        drop(inner);
        if !changes.is_empty() {
            self.storage.write(&changes);
        }
        reply
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What somebody waits for, and until when.
enum Wait {
    /// The answer of whoever asks the same.
    ForFlight(FlightId, Timestamp),
    /// A place in the queue of mints.
    ForTurn(Box<Begin>, Timestamp),
}

fn patience(until: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis((until.as_millis() - now.as_millis()).max(0).unsigned_abs())
}

fn replied(begun: Begun) -> Result<Reply, Wait> {
    match begun {
        Begun::Lead(flight, lease) => Ok(Reply::Lead { flight, lease }),
        Begun::Nobody(why) => Ok(Reply::Nobody(why)),
        Begun::TooManyChecks => Ok(Reply::TooManyChecks),
        Begun::Token(token) => Ok(Reply::Token(token)),
        Begun::Wait(flight, until) => Err(Wait::ForFlight(flight, until)),
        // Nobody waits twice for a place that was taken for it.
        Begun::Later(_) => Ok(Reply::Again),
    }
}
