//! What every request has at hand: the configuration and the ports.

use std::sync::Arc;

use octopool_core::{CallerToken, Timestamp};

use crate::config::Config;
use crate::github::Github;
use crate::isolate::Isolate;
use crate::ports::{Database, EntropyError, Ports};

/// The application as one request has it: the configuration and the memory of its isolate, and
/// ports of its own.
#[derive(Clone)]
pub struct App {
    /// The deployment's settings.
    pub config: Arc<Config>,
    /// The world.
    pub ports: Arc<Ports>,
    /// What the isolate remembers of earlier requests.
    pub isolate: Arc<Isolate>,
}

impl App {
    /// Puts an application together.
    pub fn new(config: Arc<Config>, ports: Ports) -> Self {
        Self { config, ports: Arc::new(ports), isolate: Arc::default() }
    }

    /// The same application with what is known of earlier requests.
    #[must_use]
    pub fn remembering(self, isolate: Arc<Isolate>) -> Self {
        Self { isolate, ..self }
    }

    /// D1.
    pub fn database(&self) -> &dyn Database {
        self.ports.database.as_ref()
    }

    /// GitHub's API as this deployment is configured to reach it.
    pub fn github(&self) -> Github<'_> {
        Github::new(self.ports.http.as_ref(), &self.config.github_api_url, self.config.request_timeout)
    }

    /// The time now. In workerd it stands still between I/O.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A new caller token.
    pub fn new_token(&self) -> Result<CallerToken, EntropyError> {
        Ok(CallerToken::from_random(self.ports.random()?))
    }

    /// A new random UUID.
    pub fn new_id(&self) -> Result<String, EntropyError> {
        self.ports.new_id()
    }
}
