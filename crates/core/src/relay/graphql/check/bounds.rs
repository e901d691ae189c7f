//! How large a request may be.

use super::super::Refused;
use super::malformed;
use super::roots::About;

/// A longer document is not read. gh's longest has 4 KiB.
const LONGEST: usize = 64 * 1024;
/// How many selections there may be when fragments are expanded; gh's largest document has 200.
pub(super) const MOST_SELECTIONS: usize = 1_500;
/// GitHub's limit
/// (<https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>).
const MOST_NODES: u64 = 500_000;
/// The most that GitHub gives at once of a connection.
pub(super) const LARGEST_PAGE: u64 = 100;
/// Each repository that is asked for by name is proven public before GitHub is asked.
const MOST_REPOSITORIES: usize = 10;
/// How deep fragments may lead to fragments.
pub(super) const DEEPEST: usize = 60;

/// Refuses a document that is too long to be read.
pub(super) fn check_length(text: &str) -> Result<(), Refused> {
    if text.len() > LONGEST {
        return Err(Refused::TooLarge { message: format!("The document is longer than {LONGEST} bytes.") });
    }
    Ok(())
}

/// Refuses what asks for too much in all.
pub(super) fn check_about(about: &About) -> Result<(), Refused> {
    if about.repositories.len() > MOST_REPOSITORIES {
        let message = format!("The document asks for more than {MOST_REPOSITORIES} repositories.");
        return Err(Refused::TooLarge { message });
    }
    if about.count > MOST_NODES {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of {MOST_NODES}.",
            about.count
        );
        return Err(malformed(message, None));
    }
    Ok(())
}
