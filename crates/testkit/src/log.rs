//! A log that tests can read.

use std::sync::{Arc, Mutex, PoisonError};

use octopool_worker::ports::Log;
use serde_json::Value;

/// The events logged so far.
#[derive(Clone, Debug, Default)]
pub struct TestLog(Arc<Mutex<Vec<Value>>>);

impl TestLog {
    /// The events, oldest first.
    pub fn events(&self) -> Vec<Value> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Log for TestLog {
    fn error(&self, event: &Value) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}
