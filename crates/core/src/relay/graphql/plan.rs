//! What is selected, checked.

/// What is selected, checked.
#[derive(Clone, Debug)]
pub(super) struct Plan;
