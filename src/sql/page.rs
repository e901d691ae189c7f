//! Lists by id, a page at a time.

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
    /// Takes the rows that [`Window::rows`] asked for.
    pub(crate) fn new(mut rows: Vec<T>, window: &Window) -> Self {
        let limit = window.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Self { rows, more }
    }
}
