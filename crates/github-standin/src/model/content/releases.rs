//! Releases and their files.

use crate::model::accounts::AccountId;

/// A release.
#[derive(Debug, Clone)]
pub struct Release {
    /// The number that identifies it.
    pub id: u64,
    /// The tag it belongs to.
    pub tag: String,
    /// Not published: only those who may push see it.
    pub draft: bool,
    /// Published, but not the latest for anybody.
    pub prerelease: bool,
    /// Who made it.
    pub author: AccountId,
    /// Seconds since 1970.
    pub at: i64,
    /// Its files.
    pub assets: Vec<Asset>,
}

/// A file of a release.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The number that identifies it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
}
