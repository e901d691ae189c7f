//! What the SQL of every noun shares: the answers of a batch, pages of a list, and changes that are
//! written together with the audit row that tells of them.

mod answers;
mod audited;
mod page;

pub(crate) use answers::Answers;
pub use audited::AuditEvent;
pub(crate) use audited::{Author, recorded};
pub(crate) use octopool_core::Window;
pub(crate) use page::Page;
