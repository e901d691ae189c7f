//! What a request costs: how often it waited for the database, a coordinator, the near cache and
//! GitHub.
//!
//! The counters wrap the ports, so no other code knows of them. Work after the answer is not
//! counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use octopool_core::PoolId;
use octopool_core::relay::CacheKey;

use super::coordinator::{CoordinatorReply, CoordinatorRequest, Shared};
use super::{
    CoordinatorError, Coordinators, Database, DatabaseError, EdgeCache, Http, HttpError, HttpLimits, Ports,
    Row, Statement,
};

/// The header that shows it.
pub const HEADER: &str = "x-octopool-cost";

/// Counts of one request.
#[derive(Debug, Default)]
pub struct Costs {
    batches: AtomicU32,
    statements: AtomicU32,
    coordinator: AtomicU32,
    cache: AtomicU32,
    github: AtomicU32,
}

impl Costs {
    /// Counts what goes through these ports.
    pub fn count(self: &Arc<Self>, ports: Ports) -> Ports {
        let costs = || Arc::clone(self);
        Ports {
            database: Box::new(Counted(ports.database, costs())),
            http: Box::new(Counted(ports.http, costs())),
            edge_cache: Box::new(Counted(ports.edge_cache, costs())),
            coordinators: Box::new(Counted(ports.coordinators, costs())),
            ..ports
        }
    }
}

impl std::fmt::Display for Costs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { batches, statements, coordinator, cache, github } = self;
        let [batches, statements, coordinator, cache, github] =
            [batches, statements, coordinator, cache, github].map(|count| count.load(Ordering::Relaxed));
        write!(
            out,
            "d1={batches}, statements={statements}, coordinator={coordinator}, cache={cache}, github={github}"
        )
    }
}

/// A port, and what is counted of it.
struct Counted<T: ?Sized>(Box<T>, Arc<Costs>);

fn one_more(count: &AtomicU32) {
    count.fetch_add(1, Ordering::Relaxed);
}

impl Database for Counted<dyn Database> {
    fn batch(&self, statements: Vec<Statement>) -> BoxFuture<'_, Result<Vec<Vec<Row>>, DatabaseError>> {
        one_more(&self.1.batches);
        let count = u32::try_from(statements.len()).unwrap_or(u32::MAX);
        self.1.statements.fetch_add(count, Ordering::Relaxed);
        self.0.batch(statements)
    }

    fn statements_left(&self) -> usize {
        self.0.statements_left()
    }
}

impl Http for Counted<dyn Http> {
    fn send(
        &self,
        request: http::Request<Bytes>,
        limits: HttpLimits,
    ) -> BoxFuture<'_, Result<http::Response<Bytes>, HttpError>> {
        one_more(&self.1.github);
        self.0.send(request, limits)
    }
}

impl EdgeCache for Counted<dyn EdgeCache> {
    fn find(&self, key: &CacheKey) -> BoxFuture<'_, Option<Shared>> {
        one_more(&self.1.cache);
        self.0.find(key)
    }

    fn store(&self, key: &CacheKey, entry: Shared, lifetime: Duration) -> BoxFuture<'_, ()> {
        self.0.store(key, entry, lifetime)
    }
}

impl Coordinators for Counted<dyn Coordinators> {
    fn ask<'a>(
        &'a self,
        pool: &'a PoolId,
        ask: CoordinatorRequest,
    ) -> BoxFuture<'a, Result<CoordinatorReply, CoordinatorError>> {
        one_more(&self.1.coordinator);
        self.0.ask(pool, ask)
    }
}
