//! What the SQL of all nouns shares: results of a batch, pages of a list, revisions, and changes
//! that are written together with their audit events.

mod answers;
mod audited;
mod holder;
mod kept;
mod page;
mod revision;
mod shared;
mod sweep;

pub(crate) use answers::{Answers, RowOf, json_text, of_row};
pub use audited::AuditEvent;
pub(crate) use audited::{Audited, Author, Entries, audited, record, recorded};
pub(crate) use holder::{TokenHolder, holder, opens_granted, read_holder};
pub(crate) use kept::{IN_PARTS, KeptAnswer, keep, keep_recorded};
pub(crate) use octopool_core::Window;
pub(crate) use page::Page;
pub(crate) use revision::{Revision, unchanged};
pub(crate) use shared::{DELETE_SCOPES, INSERT_SCOPES, MAKE_POOL, PUT_IDENTITIES, identity_spec};
pub(crate) use sweep::{Sweep, run_sweeps};
