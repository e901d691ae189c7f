//! What the Worker and its clients exchange: plain serde structs, the closed list of error codes,
//! the paths and the endpoints. There is no behavior here. The rules of the fields are in
//! `octopool-core`, and the Worker parses request bodies field by field, so that it can report
//! every violation at once.

mod admin_token;
mod audit;
mod caller;
mod discovery;
mod doctor;
pub mod endpoints;
mod error;
mod governance;
mod identity;
mod login;
pub mod paths;
mod pool;
mod relay;
mod state;
mod stats;

#[cfg(feature = "schema")]
pub use octopool_core::schema;
pub use octopool_core::state::{Change, ChangeAction, ChangeKind, FieldChange};
pub use octopool_core::{AppId, IdentityKind, PoolPolicy, Status as CallerStatus, Status as IdentityStatus};

pub use admin_token::{AdminToken, AdminTokenList, CreateAdminTokenRequest, CreateAdminTokenResponse};
pub use audit::{
    AuditCut, AuditEvent, AuditList, AuditProblem, CutAuditRequest, CutAuditResponse, FirstBadRow,
    VerifyAuditResponse,
};
pub use caller::{ProvisionCallerRequest, ProvisionCallerResponse, ProvisionedCaller};
pub use discovery::{AuthMethods, Discovery, Root};
pub use doctor::Doctor;
pub use error::{ErrorBody, ErrorCode, ErrorEnvelope, FieldProblem, GithubError, GithubErrorItem};
pub use governance::{
    Caller, CallerList, Client, Grant, Pool, PoolList, UpdateCallerRequest, UpdatePoolRequest,
};
pub use identity::{
    CheckResult, DeclaredIdentity, DeclaredScope, Identity, IdentityList, RegisterIdentityRequest,
    RegisterIdentityResponse, RegisteredIdentity, Scope, UpdateIdentityRequest, VerifyIdentityResponse,
    Warning, WarningCode,
};
pub use login::{LoggedInCaller, LoginRequest, LoginResponse, ThisClient};
pub use pool::{IdentityHealth, PoolHealth, StringRewrites};
pub use relay::{
    BodyEncoding, CacheOutcome, FallbackReason, LeaseReason, Relay, RelayIdentity, RelayRequest,
    RelayResponse, StaleReason, fallback_in_rest,
};
pub use state::{
    ApplyRequest, DeclaredCaller, DeclaredClient, DeclaredPolicy, DeclaredPool, PlanRequest, PlanResponse,
    StateDocument, StateResponse,
};
pub use stats::{
    BackendUsage, CacheEntries, ClientUsage, FallbackUsage, PoolStats, RouteUsage, StatsOperator,
    StatsWindow, Usage,
};
