//! Where requests wait for the answer to a question that is already on its way to GitHub.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::future::{BoxFuture, Either, select};
use octopool_core::Timestamp;

use super::state::{Begun, State};
use crate::ports::coordinator::{
    Begin, CoordinatorReply, CoordinatorRequest, Finish, FlightId, Record, Shared,
};

/// What a coordinator's memory outlives an eviction in. Writing does not wait: a Durable Object
/// holds an answer back until what was written before it is safe.
pub trait Storage {
    /// Writes these, each in place of an earlier one with its key.
    fn write(&self, records: &[Record]);

    /// Deletes what had ended before this time.
    fn forget(&self, now: Timestamp);
}

/// A coordinator: its state, and who waits.
pub struct Flights<S> {
    storage: S,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    /// By flight; the senders are dropped if there is nothing to share.
    waiting: HashMap<FlightId, Vec<oneshot::Sender<Shared>>>,
    /// The answers of the last flights.
    recent: VecDeque<RecentAnswer>,
    handed_out: HandedOut,
}

/// The bytes that were handed out in the current second. Each waiting request gets a copy of its
/// own on its way out.
#[derive(Default)]
struct HandedOut {
    since: Option<Timestamp>,
    bytes: usize,
}

impl HandedOut {
    /// How many of `wanted` copies can be afforded now.
    fn afford(&mut self, wanted: usize, size: usize, now: Timestamp) -> usize {
        if self.since.is_none_or(|since| now < since || now >= since.plus(Duration::from_secs(1))) {
            *self = Self { since: Some(now), bytes: 0 };
        }
        let affordable = wanted.min(MOST_SHARED.saturating_sub(self.bytes) / size.max(1));
        self.bytes += affordable * size;
        affordable
    }
}

struct RecentAnswer {
    key: String,
    /// When GitHub was asked, at the earliest.
    began: Timestamp,
    /// When the answer arrived here.
    at: Timestamp,
    shared: Shared,
}

/// How many answers are kept for requests that looked into the caches just before the answer was
/// put there.
const MOST_RECENT: usize = 32;
/// Larger answers are not kept: a Durable Object has 128 MB for everything
/// (<https://developers.cloudflare.com/durable-objects/platform/limits/>).
const LARGEST_RECENT: usize = 256 * 1024;
/// Larger answers are not handed through the object; those who waited find them in a cache or ask
/// for themselves.
const LARGEST_SHARED: usize = 1024 * 1024;
/// How many bytes are handed out in a second. A copy is in memory twice for as long as it takes to
/// send it.
const MOST_SHARED: usize = 32 * 1024 * 1024;

impl<S: Storage> Flights<S> {
    /// Begins with what was known before.
    pub fn new(state: State, storage: S) -> Self {
        Self {
            storage,
            inner: Mutex::new(Inner {
                state,
                waiting: HashMap::new(),
                recent: VecDeque::new(),
                handed_out: HandedOut::default(),
            }),
        }
    }

    /// Answers. Only waiting takes time, and `sleep` ends it.
    pub async fn answer(
        &self,
        ask: CoordinatorRequest,
        now: Timestamp,
        sleep: impl FnOnce(Duration) -> BoxFuture<'static, ()>,
    ) -> CoordinatorReply {
        let (flight, until) = match self.decide(ask, now) {
            Ok(reply) => return reply,
            Err(Wait::ForFlight(flight, until)) => (flight, until),
            Err(Wait::ForTurn(begin, until)) => {
                sleep(patience(until, now)).await;
                // If somebody else asks the same by now, beginning anew is the way to wait for
                // that.
                return self.begin_in_turn(&begin, until).unwrap_or(CoordinatorReply::Again);
            }
        };
        let patience = patience(until, now);
        let (answer, told) = oneshot::channel();
        self.lock().waiting.entry(flight).or_default().push(answer);
        match select(told, sleep(patience)).await {
            Either::Left((Ok(shared), _)) => CoordinatorReply::Shared(shared),
            // The leader had nothing to share, or did not come back.
            Either::Left((Err(_), _)) | Either::Right(_) => CoordinatorReply::Again,
        }
    }

    /// Goes on with somebody who has waited for a place in the queue of mints.
    fn begin_in_turn(&self, begin: &Begin, now: Timestamp) -> Result<CoordinatorReply, Wait> {
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
    fn decide(&self, ask: CoordinatorRequest, now: Timestamp) -> Result<CoordinatorReply, Wait> {
        let mut inner = self.lock();
        let swept = inner.state.sweep(now);
        for flight in inner.state.take_ended() {
            inner.waiting.remove(&flight);
        }
        let reply = match ask {
            CoordinatorRequest::Begin(begin) => match inner.landed_for(&begin, now) {
                Some(shared) => Ok(CoordinatorReply::Shared(shared)),
                None => match inner.state.begin(&begin, now) {
                    Begun::Later(until) => Err(Wait::ForTurn(Box::new(begin), until)),
                    outcome => replied(outcome),
                },
            },
            CoordinatorRequest::Token { key, budget, flight_millis, refused } => {
                replied(inner.state.token((&key, &budget), refused, flight_millis, now))
            }
            CoordinatorRequest::Finish(finish) => {
                inner.finish(finish, now);
                Ok(CoordinatorReply::Noted)
            }
            CoordinatorRequest::Health => Ok(CoordinatorReply::Health(inner.state.health(now))),
        };
        let changes = inner.state.take_changes();
        drop(inner);
        if !changes.is_empty() {
            self.storage.write(&changes);
        }
        if swept {
            self.storage.forget(now);
        }
        reply
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// An answer that arrived after the asker had looked into the caches, if it is young enough for
    /// it.
    fn landed_for(&mut self, begin: &Begin, now: Timestamp) -> Option<Shared> {
        let fits = |recent: &&RecentAnswer| {
            recent.key == begin.key
                && recent.at > begin.looked_at
                // The flight of the same moment may have begun before the question was asked.
                && begin.not_before.is_none_or(|time| recent.began > time)
        };
        let recent = self.recent.iter().filter(fits).max_by_key(|recent| recent.began);
        let shared = recent.filter(|_| begin.flight.is_none())?.shared.clone();
        (self.handed_out.afford(1, shared.body.len(), now) == 1).then_some(shared)
    }

    fn finish(&mut self, mut finish: Finish, now: Timestamp) {
        let shared = finish.shared.take();
        let began = self.state.finish(&finish);
        let waiting = self.waiting.remove(&finish.flight).unwrap_or_default();
        let Some(shared) = shared else { return };
        let size = shared.body.len();
        if size > LARGEST_SHARED {
            self.state.keep_apart(finish.key, now);
            return;
        }
        // The others are told to begin again.
        let affordable = self.handed_out.afford(waiting.len(), size, now);
        for sender in waiting.into_iter().take(affordable) {
            // A receiver that has gone away does not wait any more.
            let _ = sender.send(shared.clone());
        }
        if let Some(began) = began
            && size <= LARGEST_RECENT
        {
            if self.recent.len() >= MOST_RECENT {
                self.recent.pop_front();
            }
            self.recent.push_back(RecentAnswer { key: finish.key, began, at: now, shared });
        }
    }
}

/// What somebody waits for, and until when.
enum Wait {
    /// The answer to the same question, which another request has asked.
    ForFlight(FlightId, Timestamp),
    /// A place in the queue of mints.
    ForTurn(Box<Begin>, Timestamp),
}

fn patience(until: Timestamp, now: Timestamp) -> Duration {
    Duration::from_millis((until.as_millis() - now.as_millis()).max(0).unsigned_abs())
}

fn replied(begun: Begun) -> Result<CoordinatorReply, Wait> {
    match begun {
        Begun::Lead(flight, lease) => Ok(CoordinatorReply::Lead { flight, lease }),
        Begun::Nobody(why) => Ok(CoordinatorReply::Nobody(why)),
        Begun::TooManyChecks => Ok(CoordinatorReply::TooManyChecks),
        Begun::Token(token) => Ok(CoordinatorReply::Token(token)),
        Begun::Wait(flight, until) => Err(Wait::ForFlight(flight, until)),
        // Nobody waits twice for a place that was taken for it.
        Begun::Later(_) => Ok(CoordinatorReply::Again),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use octopool_core::Timestamp;

    use super::{HandedOut, MOST_SHARED};

    #[test]
    fn no_more_bytes_are_handed_out_than_can_be_afforded() {
        let (mut handed_out, now) = (HandedOut::default(), Timestamp::from_millis(1_790_000_000_000));
        let size = MOST_SHARED / 4;
        assert_eq!(handed_out.afford(3, size, now), 3);
        assert_eq!(handed_out.afford(3, size, now), 1);
        assert_eq!(handed_out.afford(3, size, now.plus(Duration::from_millis(999))), 0);
        assert_eq!(handed_out.afford(1000, 1000, now.plus(Duration::from_secs(1))), 1000);
        assert_eq!(
            handed_out.afford(1, 0, now.plus(Duration::from_secs(1))),
            1,
            "an empty body costs nothing"
        );
    }
}
