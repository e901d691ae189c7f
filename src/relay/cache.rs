//! What was read before. The Cache API is near; D1 is behind it, for what is not large.

use std::time::Duration;

use bytes::Bytes;
use octopool_core::relay::{BodyEncoding, CacheKey};
use octopool_core::{PoolId, Timestamp};

use super::answer::Answer;
use super::memory::Memory;
use super::sql::{CachedRow, Lookup, keep_answer, look_up};
use crate::app::App;
use crate::ports::coordinator::Shared;

/// Larger bodies are not written to D1, whose rows end at 2 MB and whose reads are paid by size.
const LARGEST_ROW: usize = 256 * 1024;

/// The largest body that an isolate remembers: with as many answers as it may hold (`memory.rs`)
/// they are a quarter of its 128 MB.
const LARGEST_REMEMBERED: usize = 16 * 1024;
/// For how long it does. What another isolate has read anew meanwhile is older here by so much at
/// most.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Looks into the isolate's memory and the near cache.
pub(super) async fn find_near(app: &App, key: Option<&CacheKey>) -> Option<Answer> {
    let key = key?;
    if let Some(answer) = Memory::of(app).answers.find(key, REMEMBERED, app.now()) {
        return Some(answer);
    }
    let answer = Answer::from_shared(app.ports.edge_cache.find(key).await?)?;
    // The Cache API keeps times of its own; ours count.
    let answer = Some(answer).filter(|answer| app.now() < answer.head.stale_until)?;
    remember(app, key, &answer);
    Some(answer)
}

/// Remembers what was read, from wherever.
pub(super) fn remember(app: &App, key: &CacheKey, answer: &Answer) {
    let newer = |known: Answer| is_later(&known, answer, app.now());
    if answer.head.fresh_until.is_some()
        && answer.body.len() <= LARGEST_REMEMBERED
        // A slow answer does not replace the one to a later question.
        && !Memory::of(app).answers.find(key, REMEMBERED, app.now()).is_some_and(newer)
    {
        Memory::of(app).answers.keep(key.clone(), answer.clone(), app.now());
    }
}

/// Reads a row, and remembers it. One that is damaged is a miss.
pub(super) fn from_row(app: &App, key: Option<&CacheKey>, row: CachedRow) -> Option<Answer> {
    let head: super::Head = crate::json::from_slice(row.head.as_bytes()).ok()?;
    // The body goes into the envelope as it is. An edit by hand must not break out of it.
    if head.encoding == BodyEncoding::Json && !row.body.is_empty() {
        crate::json::from_slice::<serde::de::IgnoredAny>(row.body.as_bytes()).ok()?;
    }
    let answer = Answer { head, body: Bytes::from(row.body) };
    remember(app, key?, &answer);
    Some(answer)
}

/// Looks into all caches.
pub(super) async fn find(app: &App, pool: &PoolId, key: &CacheKey) -> Option<Answer> {
    if let Some(answer) = find_near(app, Some(key)).await {
        return Some(answer);
    }
    let wanted = Lookup { answer: Some(key), ..Lookup::default() };
    // A database that does not answer has nothing to offer.
    let found = look_up(app.database(), pool, &wanted, app.now()).await.ok()?;
    from_row(app, Some(key), found.answer?)
}

/// Keeps an answer near; what is not shared is not kept.
pub(super) async fn keep_near(app: &App, key: &CacheKey, answer: &Answer) {
    let newer =
        |known: Shared| Answer::from_shared(known).is_some_and(|known| is_later(&known, answer, app.now()));
    // A slow answer does not replace the one to a later question.
    if answer.head.fresh_until.is_some() && !app.ports.edge_cache.find(key).await.is_some_and(newer) {
        let lifetime = until(app.now(), answer.head.stale_until);
        app.ports.edge_cache.store(key, answer.to_shared(), lifetime).await;
    }
}

/// Keeps an answer in D1, too. Text only: base64 would be a third larger, and binary bodies are
/// rare.
pub(super) async fn keep_far(app: &App, pool: &PoolId, key: &CacheKey, answer: &Answer) {
    let (Ok(body), Some(fresh_until)) = (std::str::from_utf8(&answer.body), answer.head.fresh_until) else {
        return;
    };
    if body.len() > LARGEST_ROW {
        return;
    }
    let row = CachedRow { head: answer.to_shared().head, body: body.to_owned() };
    let bound = (app.now(), app.config.max_cache_bytes);
    let times = (fresh_until, answer.head.stale_until);
    if let Err(error) = keep_answer(app.database(), pool, key, &row, times, bound).await {
        crate::audit::log_failure(app, "relay.cache", &error);
    }
}

/// Whether what is known answers a later question. A time in the future is of a clock that was
/// wrong.
fn is_later(known: &Answer, answer: &Answer, now: Timestamp) -> bool {
    known.head.fetched_at > answer.head.fetched_at && known.head.fetched_at <= now
}

fn until(now: Timestamp, end: Timestamp) -> Duration {
    Duration::from_millis((end.as_millis() - now.as_millis()).max(0).unsigned_abs())
}
