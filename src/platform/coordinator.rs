//! The Durable Object around a coordinator, and the way to it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use octopool_core::{PoolId, Timestamp};
use serde::Deserialize;
use worker::send::SendFuture;
use worker::{Delay, DurableObject, Env, Request, Response, SqlStorage, State, durable_object, wasm_bindgen};

use super::bridge;
use super::clock::JsClock;
use crate::coordinator::sql::{CREATE, READ, SWEEP, WRITE};
use crate::coordinator::{self, Flights, Storage};
use crate::ports::coordinator::{CoordinatorReply, CoordinatorRequest, Record};
use crate::ports::{Clock as _, CoordinatorError, Coordinators};

/// The binding.
const BINDING: &str = "POOL_COORDINATOR";

/// The Durable Object, one per pool.
#[durable_object(fetch)]
pub struct PoolCoordinator {
    flights: Flights<Records>,
}

impl DurableObject for PoolCoordinator {
    fn new(state: State, _env: Env) -> Self {
        let records = Records(state.storage().sql());
        let now = JsClock.now();
        // Grows by a million for each second that passes, so an object that was evicted does not
        // repeat a number.
        let first_flight = now.as_millis().unsigned_abs().saturating_mul(1000);
        let known = records.restore();
        Self { flights: Flights::new(coordinator::State::restore(known, first_flight, now), records) }
    }

    async fn fetch(&self, mut request: Request) -> worker::Result<Response> {
        let bytes = Bytes::from(request.bytes().await?);
        let ask = CoordinatorRequest::from_bytes(&bytes)
            .ok_or_else(|| worker::Error::RustError("the coordinator does not understand".to_owned()))?;
        let reply = self.flights.answer(ask, JsClock.now(), sleep).await;
        Response::from_bytes(reply.to_bytes())
    }
}

fn sleep(duration: Duration) -> BoxFuture<'static, ()> {
    Box::pin(SendFuture::new(Delay::from(duration)))
}

/// The SQLite of the object. What cannot be written is logged and known all the same until the next
/// eviction.
struct Records(SqlStorage);

#[derive(Deserialize)]
struct RecordRow {
    record: String,
}

impl Records {
    fn restore(&self) -> Vec<Record> {
        let rows: worker::Result<Vec<RecordRow>> = self
            .0
            .exec(CREATE, None)
            .and_then(|_| self.0.exec(SWEEP, vec![JsClock.now().as_millis().into()]))
            .and_then(|_| self.0.exec(READ, None)?.to_array());
        let rows = rows.unwrap_or_else(|error| {
            worker::console_error!("the coordinator's records: {error}");
            Vec::new()
        });
        // One that is damaged is as good as none.
        rows.iter().filter_map(|row| crate::json::from_slice(row.record.as_bytes()).ok()).collect()
    }
}

impl Storage for Records {
    fn forget(&self, now: Timestamp) {
        if let Err(error) = self.0.exec(SWEEP, vec![now.as_millis().into()]) {
            worker::console_error!("the coordinator's records: {error}");
        }
    }

    fn write(&self, records: &[Record]) {
        for record in records {
            let json = serde_json::to_string(record).unwrap_or_default();
            let written = self
                .0
                .exec(WRITE, vec![record.key().into(), json.into(), record.ends_at().as_millis().into()]);
            if let Err(error) = written {
                worker::console_error!("the coordinator's records: {error}");
            }
        }
    }
}

/// The way to the objects.
pub(super) struct Objects(pub(super) Arc<Env>);

impl Objects {
    async fn send(&self, pool: &PoolId, ask: CoordinatorRequest) -> Result<CoordinatorReply, String> {
        let namespace = self.0.durable_object(BINDING).map_err(|error| error.to_string())?;
        let reply = bridge::ask(namespace.as_ref(), pool.as_str(), &ask.to_bytes()).await;
        let reply = reply.map_err(|error| bridge::thrown(&error))?;
        let reply = Some(reply).filter(|reply| !reply.is_null()).map(|reply| bridge::bytes_of(&reply));
        reply
            .as_ref()
            .and_then(CoordinatorReply::from_bytes)
            .ok_or_else(|| "its reply is malformed".to_owned())
    }
}

impl Coordinators for Objects {
    fn ask<'a>(
        &'a self,
        pool: &'a PoolId,
        ask: CoordinatorRequest,
    ) -> BoxFuture<'a, Result<CoordinatorReply, CoordinatorError>> {
        Box::pin(SendFuture::new(async move { self.send(pool, ask).await.map_err(CoordinatorError) }))
    }
}
