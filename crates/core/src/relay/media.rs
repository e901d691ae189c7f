//! The media types of GitHub's answers
//! (<https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api#media-types>).

/// What a route can answer. One spelling of each goes to GitHub and into the cache key, whatever
/// spelling a client has for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Media {
    /// JSON, with texts as people wrote them. Every route but those to logs and archives answers
    /// it.
    Json,
    /// JSON, where a folder is an object too.
    Object,
    /// JSON, with texts rendered as text.
    BodyText,
    /// JSON, with texts rendered as HTML.
    BodyHtml,
    /// JSON, with texts as written and rendered.
    BodyFull,
    /// JSON, with the time of each star.
    Star,
    /// JSON, with the places where a search found its words.
    TextMatch,
    /// A file as it is.
    Raw,
    /// Rendered markup.
    Html,
    /// A diff.
    Diff,
    /// A series of patches.
    Patch,
    /// The digest of a commit as text.
    Sha,
    /// Bytes of any kind: a log, an asset.
    Bytes,
}

impl Media {
    /// `Accept` for GitHub.
    pub const fn accept(self) -> &'static str {
        match self {
            Self::Json => "application/vnd.github+json",
            Self::Object => "application/vnd.github.object+json",
            Self::BodyText => "application/vnd.github.text+json",
            Self::BodyHtml | Self::Html => "application/vnd.github.html+json",
            Self::BodyFull => "application/vnd.github.full+json",
            Self::Star => "application/vnd.github.star+json",
            Self::TextMatch => "application/vnd.github.text-match+json",
            Self::Raw => "application/vnd.github.raw+json",

            Self::Diff => "application/vnd.github.diff",
            Self::Patch => "application/vnd.github.patch",
            Self::Sha => "application/vnd.github.sha",
            Self::Bytes => "application/octet-stream",
        }
    }

    /// Whether the answer is JSON that GitHub made, and not what somebody wrote into a file.
    pub const fn is_json(self) -> bool {
        match self {
            Self::Json
            | Self::Object
            | Self::BodyText
            | Self::BodyHtml
            | Self::BodyFull
            | Self::Star
            | Self::TextMatch => true,
            Self::Raw | Self::Html | Self::Diff | Self::Patch | Self::Sha | Self::Bytes => false,
        }
    }

    /// The name in `application/vnd.github.NAME`. Where texts are rendered, `html` is about them;
    /// elsewhere about the file.
    const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Object => "object",
            Self::BodyText => "text",
            Self::BodyHtml | Self::Html => "html",
            Self::BodyFull => "full",
            Self::Star => "star",
            Self::TextMatch => "text-match",
            Self::Raw => "raw",
            Self::Diff => "diff",
            Self::Patch => "patch",
            Self::Sha => "sha",
            Self::Bytes => "octet-stream",
        }
    }
}

/// A version of GitHub's API: `YYYY-MM-DD`. GitHub answers 400 to what is none and to a date that
/// it does not know, so the versions that have answers are few.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiVersion(String);

impl ApiVersion {
    /// Reads the value of `X-GitHub-Api-Version`; `None` if it is no date.
    pub fn parse(text: &str) -> Option<Self> {
        let is_date = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
        is_date.then(|| Self(text.to_owned()))
    }

    /// The date.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What `Accept` asks of a route that can answer these beside JSON.
///
/// The range with the highest quality that the route knows counts, the first of several. What the
/// route does not know asks for JSON: GitHub ignores a format that is not for the route, and its
/// preview names mean nothing any more. So what clients vary makes no entries of its own.
pub fn accepted(accept: Option<&str>, offered: &[Media]) -> Media {
    let ranges = accept.unwrap_or_default().split(',').filter_map(|range| {
        let (essence, parameters) = range.split_once(';').unwrap_or((range, ""));
        let quality = quality(parameters);
        let media = media(&essence.trim().to_ascii_lowercase(), offered)?;
        (quality > 0).then_some((quality, media))
    });
    // `reduce` keeps the first of those that weigh the same.
    let best = ranges.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map_or(Media::Json, |(_, media)| media)
}

/// `q` in thousandths (RFC 9110, 12.4.2). What is malformed counts as absent.
fn quality(parameters: &str) -> u16 {
    let q = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    });
    let Some(q) = q else { return 1000 };
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let thousandths = format!("{whole}{fraction:0<3}").parse();
    thousandths.ok().filter(|quality| *quality <= 1000 && fraction.len() <= 3).unwrap_or(1000)
}

/// What one range asks for; `None` for a type that is not GitHub's or not for this route.
fn media(essence: &str, offered: &[Media]) -> Option<Media> {
    let of_name = |name: &str| offered.iter().copied().find(|media| media.name() == name);
    match essence {
        "application/json" | "application/*" | "*/*" => return Some(Media::Json),
        "application/octet-stream" => return of_name("octet-stream"),
        _ => {}
    }
    let rest = essence.strip_prefix("application/vnd.github")?;
    let rest = rest.strip_suffix("+json").unwrap_or(rest);
    if rest.is_empty() {
        return Some(Media::Json);
    }
    let mut found = Some(Media::Json);
    for name in rest.strip_prefix('.')?.split('.') {
        let is_version = name == "v3" || name == "3" || name == "beta";
        if !is_version && !name.ends_with("-preview") && name != "json" {
            found = of_name(name);
            if found.is_none() && !is_format(name) {
                return None;
            }
        }
    }
    // `raw` of an issue is what JSON has anyway.
    Some(found.unwrap_or(Media::Json))
}

/// Formats that GitHub has for some route.
fn is_format(name: &str) -> bool {
    ["raw", "text", "html", "full", "diff", "patch", "sha", "star", "object", "text-match", "base64"]
        .contains(&name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{ApiVersion, Media, accepted};

    const FILE: &[Media] = &[Media::Raw, Media::Html, Media::Object];
    const COMMIT: &[Media] = &[Media::Diff, Media::Patch, Media::Sha];
    const ISSUE: &[Media] = &[Media::BodyText, Media::BodyHtml, Media::BodyFull];

    #[test]
    fn what_clients_send() {
        for (accept, offered, media) in [
            ("", FILE, Media::Json),
            ("*/*", FILE, Media::Json),
            ("application/json", FILE, Media::Json),
            ("application/vnd.github+json", FILE, Media::Json),
            ("application/vnd.github.v3+json", FILE, Media::Json),
            ("application/vnd.github.v3.raw", FILE, Media::Raw),
            ("application/vnd.github.v3.raw+json", FILE, Media::Raw),
            ("application/vnd.github.raw", FILE, Media::Raw),
            ("Application/VND.GitHub.Raw+JSON", FILE, Media::Raw),
            ("application/vnd.github.html+json", FILE, Media::Html),
            ("application/vnd.github.object", FILE, Media::Object),
            ("application/vnd.github.html+json", ISSUE, Media::BodyHtml),
            ("application/vnd.github.raw+json", ISSUE, Media::Json),
            ("application/vnd.github.v3.full+json", ISSUE, Media::BodyFull),
            ("application/vnd.github.v3.diff", COMMIT, Media::Diff),
            ("application/vnd.github.patch", COMMIT, Media::Patch),
            ("application/vnd.github.sha", COMMIT, Media::Sha),
            ("application/vnd.github.v3.star+json", &[Media::Star], Media::Star),
            ("application/vnd.github.text-match+json", &[Media::TextMatch], Media::TextMatch),
            ("application/octet-stream", &[Media::Bytes], Media::Bytes),
            ("application/octet-stream", FILE, Media::Json),
            // go-github, Octokit with previews, PyGithub.
            ("application/vnd.github.v3+json, application/vnd.github.mercy-preview+json", FILE, Media::Json),
            ("application/vnd.github.squirrel-girl-preview", ISSUE, Media::Json),
            ("application/vnd.github.machine-man-preview.raw", FILE, Media::Raw),
            // A browser, and weights.
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", FILE, Media::Json),
            ("application/json;q=0.5, application/vnd.github.raw;q=0.9", FILE, Media::Raw),
            ("application/vnd.github.raw;q=0, application/json", FILE, Media::Json),
            ("application/json, application/vnd.github.raw", FILE, Media::Json),
            ("application/vnd.github.raw;q=nonsense, */*;q=0.1", FILE, Media::Raw),
            // Nothing of GitHub's.
            ("text/plain", FILE, Media::Json),
            ("application/vnd.github.unknown", FILE, Media::Json),
            ("application/vnd.githubraw", FILE, Media::Json),
            ("image/png, application/vnd.github.html", FILE, Media::Html),
        ] {
            assert_eq!(accepted(Some(accept), offered), media, "{accept}");
        }
        assert_eq!(accepted(None, FILE), Media::Json);
    }

    #[test]
    fn versions_are_dates() {
        assert_eq!(ApiVersion::parse("2022-11-28").unwrap().as_str(), "2022-11-28");
        for bad in ["", "2022", "2022-11-2", "2022-11-288", "2022/11/28", "v3", "2022-11-28 ", "２022-11-28"]
        {
            assert_eq!(ApiVersion::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_is_sent_to_github_is_read_as_itself() {
        for offered in [FILE, COMMIT, ISSUE, &[Media::Star, Media::TextMatch, Media::Bytes]] {
            for media in offered.iter().copied().chain([Media::Json]) {
                assert_eq!(accepted(Some(media.accept()), offered), media);
            }
            let spellings: BTreeSet<_> = offered.iter().map(|media| media.accept()).collect();
            assert_eq!(spellings.len(), offered.len(), "one spelling each");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_sent_asks_for_what_is_offered(accept in "(application/|vnd.github|[.+,;q=0-9a-z* ]|raw|json){0,12}") {
            let media = accepted(Some(&accept), FILE);
            prop_assert!(media == Media::Json || FILE.contains(&media));
        }
    }
}
