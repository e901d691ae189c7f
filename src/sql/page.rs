//! Pages of lists that are ordered by id.

use octopool_core::Window;

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
