//! Lists by id, a page at a time.

/// Which rows a page has: those after an id, so that rows that come and go between two pages shift nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    /// The last id of the page before.
    pub after: Option<String>,
    /// How many rows.
    pub limit: u32,
}

impl Window {
    /// The id to begin after. Every id is longer than the empty text.
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// How many rows are asked for: one more than are shown, which tells whether there is another page.
    pub(crate) fn rows(&self) -> i64 {
        i64::from(self.limit) + 1
    }
}

/// One page.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether there are more after them.
    pub more: bool,
}

impl<T> Page<T> {
    /// Takes the rows that [`Window::rows`] asked for.
    pub(crate) fn new(mut rows: Vec<T>, window: &Window) -> Self {
        let limit = window.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}
