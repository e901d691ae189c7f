//! Names for what the seed holds.

use crate::model::apps::{AppId, InstallationId};

/// Organization `acme`.
pub const ACME: u64 = 9000;
/// Organization `umbrella`, which suspended the App.
pub const UMBRELLA: u64 = 9001;
/// `mona`, an admin of `acme`.
pub const MONA: u64 = 1001;
/// `hubot`, a member of `acme`.
pub const HUBOT: u64 = 1002;
/// `octocat`, a member of `acme` who shows it to the world.
pub const OCTOCAT: u64 = 1003;
/// `mallory`, an outsider.
pub const MALLORY: u64 = 1004;
/// `newbie`, invited to `acme`.
pub const NEWBIE: u64 = 1005;
/// The App `octopool-acme`.
pub const APP: AppId = 4242;
/// The App on `acme`.
pub const INSTALLATION: InstallationId = 77001;
/// The App on `umbrella`, suspended.
pub const SUSPENDED_INSTALLATION: InstallationId = 77002;
/// `acme/website`, public.
pub const WEBSITE: u64 = 5001;
/// `acme/rocket`, public.
pub const ROCKET: u64 = 5002;
/// `acme/secret-plans`, private.
pub const SECRET_PLANS: u64 = 5003;
/// `mona/rocket`, a private fork of `acme/rocket`, seen by `mona` only.
pub const PRIVATE_FORK: u64 = 5909;
/// The pull request of `acme/rocket` that comes from the private fork.
pub const PULL_OF_FORK: u64 = 11;
/// The pull request that `mona` has begun to review.
pub const PULL_IN_REVIEW: u64 = 5;
/// The pull request that a secret team is asked to review.
pub const PULL_OF_TEAM: u64 = 4;
/// The issue of `acme/rocket` that a private and a public repository mention.
pub const MENTIONED_ISSUE: u64 = 20;
/// What every private text of the seed says.
pub const PRIVATE_TEXT: &str = "for few eyes only";

/// Bytes of the blobs in `acme/rocket` that are there for their size. Base64 makes 2, 64 and 1024
/// KiB of them.
pub const BLOB_SIZES: [usize; 3] = [1536, 49_152, 786_432];
/// The blob whose answer is about 2 KB.
pub const BLOB_2_KB: &str = "0000000000000000000000000000000000000600";
/// The blob whose answer is about 64 KB.
pub const BLOB_64_KB: &str = "000000000000000000000000000000000000c000";
/// The blob whose answer is about 1 MB.
pub const BLOB_1_MB: &str = "00000000000000000000000000000000000c0000";
