//! Pages of a list by id.

/// Which rows a page has: those after an id, so that rows that come and go between two pages shift
/// nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Window {
    /// The last id of the page before.
    pub after: Option<String>,
    /// How many rows.
    pub limit: u32,
}

impl Window {
    /// The id to begin after. Every id is longer than the empty text.
    pub fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// How many rows are read: one more than are shown, which tells whether there is another page.
    pub fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}
