//! The log.

use serde_json::Value;

use crate::ports::Log;

/// The console, which `wrangler tail` and Workers Logs show.
pub(super) struct Console;

impl Log for Console {
    fn error(&self, event: &Value) {
        worker::console_error!("{event}");
    }
}
