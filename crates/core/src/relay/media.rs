//! The media types of GitHub's answers (<https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#media-types>).

/// What a route answers beside JSON, if `Accept` asks for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Media {
    /// A file as it is.
    Raw,
    /// Rendered markup.
    Html,
    /// A diff.
    Diff,
    /// A series of patches.
    Patch,
    /// Bytes of any kind: a log, an asset.
    Bytes,
}
