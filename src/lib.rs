//! octopool
