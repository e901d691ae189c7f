//! The octopool command line.
fn main() {}
