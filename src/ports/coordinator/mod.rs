//! What is said to a coordinator, and what it answers.

mod wire;

use std::collections::HashMap;

use bytes::Bytes;
use octopool_core::Timestamp;
use octopool_core::relay::{
    Budget, Candidate, Cooldown, CooldownOf, Feedback, LeaseReason, NoChoice, PoolRate, RateState, Resource,
};
use serde::{Deserialize, Serialize};

/// Tells one asking of GitHub from the next one for the same key.
pub type FlightId = u64;

/// What is said to a coordinator.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum CoordinatorRequest {
    /// "I am about to ask GitHub this; who serves, and does somebody ask it already?"
    Begin(Begin),
    /// "I have an answer", or "I have none".
    Finish(Finish),
    /// "Is there an installation token under this key, or do I mint one?"
    Token {
        /// The key of the token: [`Candidate::token`].
        key: String,
        /// The budget whose mints are counted: [`Candidate::budget`].
        budget: String,
        /// For how long the minting is waited for.
        flight_millis: u64,
        /// The end of the token that GitHub refused before its time; another one is wanted.
        refused: Option<Timestamp>,
    },
    /// "How are the identities?"
    Health,
}

/// The beginning of a question to GitHub, or its next attempt.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Begin {
    /// What makes two questions the same.
    pub key: String,
    /// The flight that goes on with another identity; `None` for the first attempt.
    pub flight: Option<FlightId>,
    /// For how long others wait for this one before they ask themselves.
    pub flight_millis: u64,
    /// When the asker last looked into the caches. An answer that arrived after that is as good as
    /// one that is waited for; one of the same moment may be older than the question.
    pub looked_at: Timestamp,
    /// GitHub must have been asked at this time or later; `None` if any fresh answer will do.
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    /// Which identity is wanted; `None` where none is spent.
    pub lease: Option<LeaseRequest>,
    /// What the attempts before this one taught.
    pub reports: Vec<Report>,
}

/// Which identity is wanted.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LeaseRequest {
    /// The route for which a lease is kept.
    pub route: String,
    /// The budget that the request counts against.
    pub budget: Budget,
    /// The cooldowns that concern this request.
    pub concerned: Vec<CooldownOf>,
    /// Who may serve and has not been tried.
    pub candidates: Vec<Candidate>,
    /// The caller, where nothing current is known of the repository: a check of it counts against
    /// what this caller may have checked. For a lease of an App, the mint is the check; for a lease
    /// of the org token the request is.
    #[serde(default)]
    pub unproven_for: Option<String>,
}

/// What one attempt taught about the identity that was used.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Report {
    /// The budget of the identity.
    pub budget: String,
    /// Whether GitHub was asked, whatever it answered.
    pub sent: bool,
    /// What was learned.
    pub feedback: Feedback,
}

/// The end of a flight.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Finish {
    /// The key it began with.
    pub key: String,
    /// The flight.
    pub flight: FlightId,
    /// What the attempts taught that have not been reported.
    pub reports: Vec<Report>,
    /// A token that was minted.
    pub token: Option<(String, SealedToken)>,
    /// The caller whose check found a public repository, and who gets most of it back.
    #[serde(default)]
    pub refund: Option<String>,
    /// What those get who waited; `None` lets them ask for themselves.
    #[serde(skip)]
    pub shared: Option<Shared>,
}

impl Finish {
    /// The end of a flight of which nothing came.
    pub fn nothing(key: String, flight: FlightId) -> Self {
        Self { key, flight, reports: Vec::new(), token: None, refund: None, shared: None }
    }
}

/// What is handed to those who waited. The coordinator does not look into it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shared {
    /// What the body is.
    pub head: String,
    /// The body, byte for byte.
    pub body: Bytes,
}

/// An installation token that only who has the App's key can open.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct SealedToken {
    /// The sealed bytes in base64url.
    pub sealed: String,
    /// When the token inside stops working.
    pub expires_at: Timestamp,
}

/// What a coordinator answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum CoordinatorReply {
    /// "You ask GitHub."
    Lead {
        /// To be named when it is over.
        flight: FlightId,
        /// With whose credential, if one was wanted.
        lease: Option<Lease>,
    },
    /// "Nobody can serve." Of a flight that went on, this is the end.
    Nobody(NoChoice),
    /// "This caller has had too many repositories checked." Of a flight that went on, this is the
    /// end.
    TooManyChecks,
    /// "Somebody asked, and this came of it." What it is comes beside it.
    #[serde(skip)]
    Shared(Shared),
    /// "Somebody asked, and nothing came of it; begin again."
    Again,
    /// "Here is the token."
    Token(SealedToken),
    /// "So they are."
    Health(Health),
    /// "Noted."
    Noted,
}

/// The use of one identity.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Lease {
    /// Its id.
    pub identity: String,
    /// Why it.
    pub reason: LeaseReason,
    /// What the other identities that could serve have left together.
    pub others: PoolRate,
    /// Its installation token, if one is known that is good for a while.
    pub token: Option<SealedToken>,
    /// The flight of the mint, if there is no token and this lease has to mint it. If
    /// there is neither, somebody else mints it: [`CoordinatorRequest::Token`] waits for that.
    #[serde(default)]
    pub mint: Option<FlightId>,
}

/// How the identities of a pool are.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Health {
    /// By budget, those of which something is known.
    pub budgets: HashMap<String, IdentityState>,
}

/// How one identity is.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct IdentityState {
    /// Until when all of it cools down.
    pub cooldown_until: Option<Timestamp>,
    /// What is left of each budget whose window has not ended.
    pub rates: HashMap<Resource, RateState>,
}

/// What a coordinator knows and must not forget: the unit of its storage. Leases and flights are
/// not stored: an object is evicted only after a time in which both have ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Record {
    /// What is left of a budget.
    Rate {
        /// Whose.
        budget: String,
        /// Which budget.
        resource: Resource,
        /// What is left.
        state: RateState,
    },
    /// A cooldown.
    Cooldown {
        /// Whose.
        budget: String,
        /// Of what and until when.
        cooldown: Cooldown,
    },
    /// A sealed token.
    Token {
        /// Its key.
        key: String,
        /// The token.
        token: SealedToken,
    },
}

impl Record {
    /// What a later record replaces.
    pub fn key(&self) -> String {
        match self {
            Self::Rate { budget, resource, .. } => format!("rate {budget} {}", resource.as_str()),
            Self::Cooldown { budget, cooldown } => format!("cooldown {budget} {:?}", cooldown.of),
            Self::Token { key, .. } => format!("token {key}"),
        }
    }

    /// From when on it says nothing any more.
    pub fn ends_at(&self) -> Timestamp {
        match self {
            Self::Rate { state, .. } => state.reset_at(),
            Self::Cooldown { cooldown, .. } => cooldown.until,
            Self::Token { token, .. } => token.expires_at,
        }
    }
}
