//! What a path asks for.

use super::caller;
use super::freshness::Freshness;
use super::hygiene::Holds;
use super::media::Media;
use super::path::{RelayPath, RelayQuery};
use super::quota::Budget;
use super::repository::Repository;
use super::route_row::{Gate, Narrow, Redirect, RouteRow};
use super::routes::ROUTES;
use super::search;
use crate::credential::has_token;
use crate::{AccountLogin, RepoName};

/// What a read is about, which rules hold for it, and how GitHub is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Route {
    /// Its name in statistics and answers.
    pub kind: &'static str,
    /// What the policy has to allow.
    pub gate: Gate,
    /// How fast the answer ages.
    pub freshness: Freshness,
    /// The budget that GitHub counts it against.
    pub budget: Budget,
    /// What the body may hold.
    pub holds: Holds,
    /// What it answers beside JSON.
    pub media: &'static [Media],
    /// What happens to a redirect.
    pub redirect: Redirect,
    /// The repository that must be public.
    pub repository: Option<Repository>,
    /// The path in the one spelling that GitHub is asked with.
    pub path: RelayPath,
    /// The parameters that GitHub is asked with: only what the route takes, narrowed to what is
    /// public.
    pub query: RelayQuery,
}

impl Route {
    /// Path and query for GitHub.
    pub fn target(&self) -> String {
        let query = self.query.encoded();
        let path = self.path.as_str();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

/// Finds what a path and its query ask for; `None` for what the relay does not serve.
pub fn find_route(path: &RelayPath, query: &RelayQuery) -> Option<Route> {
    let asked = Asked::of(path);
    let row = find_row(&asked)?;
    let (path, named) = canonical(row, &asked)?;
    let query = query.only(row.parameters);
    if caller::is_named(&path, &query) {
        // The caller must have been put in its place first; GitHub would take the identity for it.
        return None;
    }
    if has_token(path.as_str()) || query.values().any(has_token) {
        // GitHub repeats parameters in `link`, which is kept with an answer.
        return None;
    }
    let (query, bound) = match row.narrow {
        Narrow::No => (query, None),
        Narrow::PublicType => (public_type(&query)?, None),
        Narrow::Search(unbound) => search::narrowed(&query, unbound)?,
    };
    let repository = bound.or_else(|| match path.segments().collect::<Vec<_>>().as_slice() {
        ["repos", owner, name, ..] => {
            Some(Repository { owner: (*owner).to_owned(), name: (*name).to_owned() })
        }
        _ => None,
    });
    Some(Route {
        kind: row.kind,
        gate: row.gate,
        freshness: row.freshness.of(named.as_deref(), query.get("ref")),
        budget: row.budget,
        holds: row.holds,
        media: row.media,
        redirect: row.redirect,
        repository,
        path,
        query,
    })
}

/// Every other type can have private repositories among them, which the number of pages would tell.
fn public_type(query: &RelayQuery) -> Option<RelayQuery> {
    match query.get("type") {
        None | Some("all" | "public") => Some(query.with("type", "public")),
        Some(_) => None,
    }
}

/// The segments of a path without the slash at its end, and whether it had one.
struct Asked<'a> {
    segments: Vec<&'a str>,
    slash: bool,
}

impl<'a> Asked<'a> {
    fn of(path: &'a RelayPath) -> Self {
        let mut segments: Vec<_> = path.segments().collect();
        let all = segments.len();
        while segments.last().is_some_and(|last| last.is_empty()) {
            segments.pop();
        }
        Self { slash: segments.len() < all, segments }
    }
}

/// The row of a path. Refs may have slashes, so `commits/a/status` fits `commits/{ref*}` too: the
/// row with the most literal segments counts, which is how GitHub reads it.
fn find_row(asked: &Asked<'_>) -> Option<&'static RouteRow> {
    let literals = |row: &RouteRow| parts(row.pattern).filter(|part| !part.starts_with('{')).count();
    let fitting = ROUTES.iter().filter(|row| {
        let expected: Vec<_> = parts(row.pattern).collect();
        matches_all(&expected, &asked.segments)
    });
    // The first of several is kept.
    fitting.reduce(|best, row| if literals(row) > literals(best) { row } else { best })
}

/// The segments of a pattern.
fn parts(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('/').filter(|part| !part.is_empty())
}

/// Whether the segments are what the pattern says.
fn matches_all(expected: &[&str], segments: &[&str]) -> bool {
    match (expected, segments) {
        ([], []) => true,
        ([one, rest @ ..], [first, more @ ..]) if one.ends_with("*}") => {
            // Only a file's path may have a doubled slash. Elsewhere it is another path to a reader
            // that drops it.
            let empty = first.is_empty() && *one != "{path*}";
            !empty && (matches_all(rest, more) || matches_all(expected, more))
        }
        ([one, rest @ ..], [first, more @ ..]) => fits(one, first) && matches_all(rest, more),
        _ => false,
    }
}

/// The one spelling of a path, and what its last name stands for; `None` for a ref that cannot be
/// one.
///
/// Slashes of refs and paths come escaped (Octokit) and as they are (other clients); GitHub takes
/// both for the same. They become plain, unless that would be another route: `commits/a%2Fstatus`
/// is the commit `a/status`, `commits/a/status` is not.
fn canonical(row: &RouteRow, asked: &Asked<'_>) -> Option<(RelayPath, Option<String>)> {
    let expected: Vec<_> = parts(row.pattern).collect();
    let Some(at) = expected.iter().position(|part| part.ends_with("*}")) else {
        let named = expected.last().filter(|part| part.starts_with('{')).and(asked.segments.last());
        // An empty prefix is a slash at the end.
        let slash = row.pattern.ends_with('/').then_some("");
        let path = RelayPath::of_segments(asked.segments.iter().copied().chain(slash));
        return Some((path, named.map(|name| (*name).to_owned())));
    };
    let after = expected.len() - at - 1;
    let (before, rest) = asked.segments.split_at_checked(at)?;
    let (several, after) = rest.split_at_checked(rest.len().checked_sub(after)?)?;
    let mut pieces: Vec<_> = several.iter().flat_map(|segment| segment.split("%2F")).collect();
    let (is_path, is_prefix) = (expected[at] == "{path*}", expected[at] == "{prefix*}");
    if is_path {
        pieces.retain(|piece| !piece.is_empty());
    }
    let mut slash = is_prefix && asked.slash;
    if is_prefix && pieces.last().is_some_and(|last| last.is_empty()) {
        pieces.pop();
        slash = true;
    }
    if pieces.is_empty() || pieces.iter().any(|piece| piece.is_empty()) {
        return None;
    }
    let plain: Vec<_> = before.iter().chain(&pieces).chain(after).copied().collect();
    let same = find_row(&Asked { segments: plain.clone(), slash: false })
        .is_some_and(|found| found.pattern == row.pattern);
    let escaped = pieces.join("%2F");
    let path = if same && expected[at] != "{label*}" {
        RelayPath::of_segments(plain.into_iter().chain(slash.then_some("")))
    } else {
        let escaped = if slash { format!("{escaped}%2F") } else { escaped };
        RelayPath::of_segments(before.iter().copied().chain([escaped.as_str()]).chain(after.iter().copied()))
    };
    Some((path, after.is_empty().then(|| pieces.join("/"))))
}

fn fits(expected: &str, segment: &str) -> bool {
    let Some(variable) = expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else {
        return expected == segment;
    };
    match variable {
        "login" => AccountLogin::from_github(segment.trim_end_matches("%5Bbot%5D")).is_some(),
        "owner" => AccountLogin::from_github(segment).is_some(),
        "repo" => RepoName::from_github(segment).is_some(),
        "number" => is_number(segment),
        "sha" => is_hex(segment),
        "metric" => STATISTICS.contains(&segment),
        _ => !segment.is_empty(),
    }
}

/// A number in its one spelling. GitHub reads `007` as 7, and each spelling would make an entry of
/// its own.
fn is_number(segment: &str) -> bool {
    (1..=19).contains(&segment.len())
        && segment.bytes().all(|byte| byte.is_ascii_digit())
        && (segment == "0" || !segment.starts_with('0'))
}

/// The statistics of a repository (<https://docs.github.com/en/rest/metrics/statistics>).
const STATISTICS: [&str; 5] =
    ["contributors", "commit_activity", "code_frequency", "participation", "punch_card"];

fn is_hex(text: &str) -> bool {
    (4..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests;
