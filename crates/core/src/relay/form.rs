//! What a body is, and whether the route and the question promise that. A body that is not what its route promises is not
//! an answer: nothing in it can be cleaned that is not read.

use super::hygiene::Holds;
use super::media::Media;

/// What a body is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// JSON, which is read and cleaned.
    Json,
    /// Something else, which was asked for.
    Other(Media),
}

/// How it is proved that everybody may see what cannot be told by its own body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proof {
    /// The same address answers JSON that everybody may see.
    SameAsJson,
    /// The address one segment up does.
    Above,
}

/// What logs and archives come as: GitHub documents no content type, these are what its content hosts send.
const LOG_TYPES: [&str; 7] = [
    "text/plain",
    "application/octet-stream",
    "application/zip",
    "application/x-zip-compressed",
    "application/gzip",
    "application/x-gzip",
    "application/x-zip",
];

/// What the body of a success is, by its content type; `None` if it is not what was promised. `accept` is what GitHub was
/// asked for, and `listed` what the route answers beside JSON.
pub fn form(holds: Holds, listed: &[Media], accept: &str, content_type: Option<&str>) -> Option<Form> {
    let content_type = content_type?.to_ascii_lowercase();
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next()?;
    if holds == Holds::Bytes {
        return LOG_TYPES.contains(&essence).then_some(Form::Other(Media::Bytes));
    }
    if let Some(media) = media_of(essence) {
        return (listed.contains(&media) && asks_for(accept, media)).then_some(Form::Other(media));
    }
    let is_json = essence == "application/json"
        || essence.starts_with("application/vnd.github")
        || essence.starts_with("application/") && essence.ends_with("+json");
    if is_json {
        let charset = parts.find_map(|parameter| parameter.strip_prefix("charset="));
        let is_utf8 = charset.is_none_or(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8"));
        return is_utf8.then_some(Form::Json);
    }
    // A file can come as whatever it is said to be. A page is an outage's or a proxy's.
    let asked_file = [Media::Raw, Media::Bytes]
        .into_iter()
        .find(|media| listed.contains(media) && asks_for(accept, *media))?;
    (essence != "text/html").then_some(Form::Other(asked_file))
}

/// What has to be proved before the answer to this question is passed on, be it a body or the way to one.
pub fn proof(holds: Holds, accept: &str) -> Option<Proof> {
    match holds {
        // Only the JSON says whether its release is a draft.
        Holds::Assets if asks_for(accept, Media::Bytes) => Some(Proof::SameAsJson),
        Holds::ReviewComments => Some(Proof::Above),
        Holds::Assets
        | Holds::Facts
        | Holds::Names
        | Holds::Account
        | Holds::Accounts
        | Holds::Repository
        | Holds::Repositories
        | Holds::Events
        | Holds::Gist
        | Holds::Gists
        | Holds::Releases
        | Holds::Pulls
        | Holds::Issues
        | Holds::Discussion
        | Holds::Reviews
        | Holds::IssueEvents
        | Holds::Commits
        | Holds::Statuses
        | Holds::Checks
        | Holds::Runs
        | Holds::Deployments
        | Holds::Code
        | Holds::Bytes
        | Holds::Nothing => None,
    }
}

/// The medium that a content type of GitHub's names, other than JSON: `application/vnd.github.v3.raw`,
/// `application/vnd.github.raw+json`, `text/html`.
fn media_of(essence: &str) -> Option<Media> {
    [Media::Raw, Media::Html, Media::Diff, Media::Patch].into_iter().find(|media| names(essence, *media))
}

/// Whether `Accept` asks for this medium, among others perhaps.
fn asks_for(accept: &str, media: Media) -> bool {
    accept.split(',').any(|range| {
        let essence = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        names(&essence, media)
    })
}

fn names(essence: &str, media: Media) -> bool {
    let word = match media {
        Media::Raw => "raw",
        Media::Html => "html",
        Media::Diff => "diff",
        Media::Patch => "patch",
        Media::Bytes => return essence == "application/octet-stream",
    };
    let parameters = essence.strip_prefix("application/vnd.github.");
    parameters.is_some_and(|rest| rest.split(['.', '+']).any(|part| part == word))
        || media == Media::Html && essence == "text/html"
}

#[cfg(test)]
mod tests {
    use super::{Form, Proof, form, proof};
    use crate::relay::{Holds, Media};

    const JSON: &str = "application/vnd.github+json";
    const RAW: &str = "application/vnd.github.v3.raw";
    const BYTES: &str = "application/octet-stream";

    #[test]
    fn a_body_is_what_its_route_promises_and_was_asked_for() {
        let (none, file, asset): (&[Media], _, _) = (&[], [Media::Raw, Media::Html], [Media::Bytes]);
        for (listed, accept, content_type, expected) in [
            (none, JSON, "application/json; charset=utf-8", Some(Form::Json)),
            (none, JSON, "application/json", Some(Form::Json)),
            (none, JSON, "Application/JSON;charset=\"UTF-8\"", Some(Form::Json)),
            (none, JSON, "application/vnd.github+json", Some(Form::Json)),
            (none, JSON, "application/scim+json", Some(Form::Json)),
            (none, JSON, "application/json; charset=iso-8859-1", None),
            (none, JSON, "text/plain", None),
            (none, JSON, "text/html", None),
            (none, JSON, BYTES, None),
            (none, BYTES, BYTES, None),
            (none, RAW, "application/vnd.github.raw+json", None),
            (none, JSON, "application/jsonx", None),
            (none, JSON, "", None),
            (&file, RAW, "application/vnd.github.raw+json; charset=utf-8", Some(Form::Other(Media::Raw))),
            (&file, "application/json, application/vnd.github.raw", RAW, Some(Form::Other(Media::Raw))),
            (&file, RAW, "application/json; charset=utf-8", Some(Form::Json)),
            (&file, JSON, RAW, None),
            (&file, RAW, "application/vnd.github.html", None),
            (&file, RAW, "text/html", None),
            (&file, RAW, "image/svg+xml", Some(Form::Other(Media::Raw))),
            (
                &file,
                "application/vnd.github.html",
                "text/html; charset=utf-8",
                Some(Form::Other(Media::Html)),
            ),
            (&file, JSON, "image/svg+xml", None),
            (
                &[Media::Diff, Media::Patch],
                "application/vnd.github.diff",
                "application/vnd.github.v3.diff; charset=utf-8",
                Some(Form::Other(Media::Diff)),
            ),
            (
                &[Media::Diff, Media::Patch],
                "application/vnd.github.diff",
                "application/vnd.github.v3.patch",
                None,
            ),
            (&asset, BYTES, BYTES, Some(Form::Other(Media::Bytes))),
            (&asset, BYTES, "application/zip", Some(Form::Other(Media::Bytes))),
            (&asset, BYTES, "text/html", None),
            (&asset, JSON, BYTES, None),
        ] {
            let found = form(Holds::Facts, listed, accept, Some(content_type));
            assert_eq!(found, expected, "{listed:?} {accept} {content_type}");
        }
        assert_eq!(form(Holds::Facts, &[], JSON, None), None);
    }

    #[test]
    fn a_log_is_text_or_an_archive_whatever_was_asked_for() {
        for (content_type, is_log) in [
            ("text/plain; charset=utf-8", true),
            ("application/zip", true),
            ("text/html", false),
            ("application/json", false),
        ] {
            let found = form(Holds::Bytes, &[Media::Bytes], JSON, Some(content_type));
            assert_eq!(found, is_log.then_some(Form::Other(Media::Bytes)), "{content_type}");
        }
    }

    #[test]
    fn what_cannot_be_told_by_its_body_needs_a_proof() {
        assert_eq!(proof(Holds::Assets, BYTES), Some(Proof::SameAsJson));
        assert_eq!(proof(Holds::Assets, "text/x, application/OCTET-stream;q=1"), Some(Proof::SameAsJson));
        assert_eq!(proof(Holds::Assets, JSON), None);
        assert_eq!(proof(Holds::ReviewComments, JSON), Some(Proof::Above));
        assert_eq!(proof(Holds::Reviews, JSON), None);
    }
}
