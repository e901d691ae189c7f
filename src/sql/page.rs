//! Pages of lists that are ordered by id.

/// Which rows a page has: those after an id, so that rows that are added or removed between two
/// pages do not shift the others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Window {
    /// The last id of the previous page.
    pub after: Option<String>,
    /// The number of rows.
    pub limit: u32,
}

impl Window {
    /// The id after which the page begins. Every id is greater than the empty text.
    pub(crate) fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }

    /// The number of rows to select: one more than the page has, to know whether there is another
    /// page.
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
    /// Makes a page of the rows that were selected with [`Window::rows`].
    pub(crate) fn new(mut rows: Vec<T>, window: &Window) -> Self {
        let limit = window.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}
