//! What a body is, and whether the route and the question promise that. A body that is not what its
//! route promises is not an answer: nothing in it can be cleaned that is not read.

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

/// What logs and archives come as: GitHub documents no content type, these are what its content
/// hosts send.
const LOG_TYPES: [&str; 7] = [
    "text/plain",
    "application/octet-stream",
    "application/zip",
    "application/x-zip-compressed",
    "application/gzip",
    "application/x-gzip",
    "application/x-zip",
];

/// What the body of a success is, by its content type; `None` if it is not what was promised.
/// `asked` is what GitHub was asked for, which the route offers.
pub fn form(holds: Holds, asked: Media, content_type: Option<&str>) -> Option<Form> {
    let content_type = content_type?.to_ascii_lowercase();
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next()?;
    if holds == Holds::Bytes {
        return LOG_TYPES.contains(&essence).then_some(Form::Other(Media::Bytes));
    }
    // What GitHub names like a file is one only if a file was asked for; `html+json` may also be
    // JSON with rendered texts.
    let named = media_of(essence);
    if let Some(named) = named.filter(|_| !asked.is_json()) {
        return (named == asked).then_some(Form::Other(asked));
    }
    let is_json = essence == "application/json"
        || essence.starts_with("application/vnd.github") && (named.is_none() || essence.ends_with("+json"))
        || essence.starts_with("application/") && essence.ends_with("+json");
    // A file's own bytes may come as `raw+json`, whatever is in it: they are never read as GitHub's
    // JSON.
    if is_json && named != Some(Media::Raw) {
        let charset = parts.find_map(|parameter| parameter.strip_prefix("charset="));
        let is_utf8 = charset.is_none_or(|charset| matches!(charset.trim_matches('"'), "utf-8" | "utf8"));
        return is_utf8.then_some(Form::Json);
    }
    // A file can come as whatever it is said to be. A page is an outage's or a proxy's.
    let is_file = matches!(asked, Media::Raw | Media::Bytes) && essence != "text/html";
    is_file.then_some(Form::Other(asked))
}

/// What has to be proved before the answer to this question is passed on, be it a body or the way
/// to one.
pub fn proof(holds: Holds, asked: Media) -> Option<Proof> {
    match holds {
        // Only the JSON says whether its release is a draft.
        Holds::Assets if asked == Media::Bytes => Some(Proof::SameAsJson),
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

/// The medium that a content type of GitHub's names, other than JSON:
/// `application/vnd.github.v3.raw`, `application/vnd.github.raw+json`, `text/html`.
fn media_of(essence: &str) -> Option<Media> {
    const NAMED: [(&str, Media); 5] = [
        ("raw", Media::Raw),
        ("html", Media::Html),
        ("diff", Media::Diff),
        ("patch", Media::Patch),
        ("sha", Media::Sha),
    ];
    if essence == "text/html" {
        return Some(Media::Html);
    }
    let rest = essence.strip_prefix("application/vnd.github.")?;
    let named = NAMED.iter().find(|(word, _)| rest.split(['.', '+']).any(|part| part == *word));
    named.map(|(_, media)| *media)
}

#[cfg(test)]
mod tests {
    use super::{Form, Proof, form, proof};
    use crate::relay::{Holds, Media};

    #[test]
    fn a_body_is_what_its_route_promises_and_was_asked_for() {
        let (json, other) = (Some(Form::Json), |media| Some(Form::Other(media)));
        for (asked, content_type, expected) in [
            (Media::Json, "application/json; charset=utf-8", json),
            (Media::Json, "application/json", json),
            (Media::Json, "Application/JSON;charset=\"UTF-8\"", json),
            (Media::Json, "application/vnd.github+json", json),
            (Media::Json, "application/vnd.github.v3+json", json),
            (Media::Json, "application/scim+json", json),
            (Media::BodyHtml, "application/vnd.github.html+json", json),
            (Media::BodyFull, "application/vnd.github.full+json", json),
            (Media::Star, "application/vnd.github.star+json", json),
            (Media::Json, "application/json; charset=iso-8859-1", None),
            (Media::Json, "text/plain", None),
            (Media::Json, "text/html", None),
            (Media::BodyHtml, "text/html", None),
            (Media::Json, "application/octet-stream", None),
            (Media::Json, "application/jsonx", None),
            (Media::Json, "", None),
            (Media::Raw, "application/vnd.github.raw+json; charset=utf-8", other(Media::Raw)),
            (Media::Raw, "application/vnd.github.v3.raw", other(Media::Raw)),
            (Media::Raw, "application/json; charset=utf-8", json),
            (Media::Json, "application/vnd.github.v3.raw", None),
            (Media::Json, "application/vnd.github.raw+json", None),
            (Media::Raw, "application/vnd.github.html", None),
            (Media::Raw, "text/html", None),
            (Media::Raw, "image/svg+xml", other(Media::Raw)),
            (Media::Html, "text/html; charset=utf-8", other(Media::Html)),
            (Media::Json, "image/svg+xml", None),
            (Media::Diff, "application/vnd.github.v3.diff; charset=utf-8", other(Media::Diff)),
            (Media::Diff, "application/vnd.github.v3.patch", None),
            (Media::Diff, "text/plain", None),
            (Media::Sha, "application/vnd.github.v3.sha; charset=utf-8", other(Media::Sha)),
            (Media::Bytes, "application/octet-stream", other(Media::Bytes)),
            (Media::Bytes, "application/zip", other(Media::Bytes)),
            (Media::Bytes, "text/html", None),
        ] {
            let found = form(Holds::Facts, asked, Some(content_type));
            assert_eq!(found, expected, "{asked:?} {content_type}");
        }
        assert_eq!(form(Holds::Facts, Media::Json, None), None);
    }

    #[test]
    fn a_log_is_text_or_an_archive_whatever_was_asked_for() {
        for (content_type, is_log) in [
            ("text/plain; charset=utf-8", true),
            ("application/zip", true),
            ("text/html", false),
            ("application/json", false),
        ] {
            let found = form(Holds::Bytes, Media::Json, Some(content_type));
            assert_eq!(found, is_log.then_some(Form::Other(Media::Bytes)), "{content_type}");
        }
    }

    #[test]
    fn what_cannot_be_told_by_its_body_needs_a_proof() {
        assert_eq!(proof(Holds::Assets, Media::Bytes), Some(Proof::SameAsJson));
        assert_eq!(proof(Holds::Assets, Media::Json), None);
        assert_eq!(proof(Holds::ReviewComments, Media::Json), Some(Proof::Above));
        assert_eq!(proof(Holds::Reviews, Media::Json), None);
    }
}
