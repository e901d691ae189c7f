//! What a deployment says of itself: its root, its discovery document and its API description.

pub(crate) mod discovery;
pub(crate) mod openapi;
pub(crate) mod root;
