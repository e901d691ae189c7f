//! `gh api` calls that the pool can serve: plain reads of github.com.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;

use octopool_core::relay::{RelayPath, RelayQuery};
use url::form_urlencoded;

use super::flags::Flags;
use crate::jq::Filter;

const HOST: &str = "github.com";
const API: &str = "https://api.github.com/";
/// What the relay takes of a request's headers; a call with any other header needs gh.
const HEADERS: [&str; 5] =
    ["accept", "x-github-api-version", "if-none-match", "if-modified-since", "cache-control"];
/// The relay leaves longer ones out.
const LONGEST_HEADER: usize = 1024;
/// gh's own, unless the call says otherwise.
const PER_PAGE: &str = "100";

/// A read, and how its answer is printed.
pub(super) struct ApiCall {
    pub(super) path: RelayPath,
    /// In the order of the call; the relay takes every one of them.
    pub(super) query: Vec<(String, String)>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) filter: Option<Filter>,
    pub(super) pages: Pages,
    /// Print the status and the headers.
    pub(super) include: bool,
    /// Print no body.
    pub(super) silent: bool,
}

/// Which pages are read, and how they stand together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pages {
    /// The one that is asked for.
    One,
    /// All, one after the other, where arrays become one.
    Joined,
    /// All, as items of one array.
    Slurped,
}

impl ApiCall {
    /// `None` for everything that is gh's: other commands, other methods, other hosts, flags and
    /// values that mean more than a read, and calls that gh itself refuses.
    pub(super) fn parse(arguments: &[OsString], default_host: Option<&str>) -> Option<Self> {
        let (command, arguments) = arguments.split_first()?;
        let flags = Flags::read(arguments).filter(|_| command == "api")?;
        let host = flags.hostname.as_deref().or(default_host).unwrap_or(HOST);
        let filter = flags.filter.as_deref().filter(|filter| !filter.is_empty());
        let is_read = match &flags.method {
            Some(method) => method.eq_ignore_ascii_case("GET"),
            // With fields gh would POST.
            None => flags.fields.is_empty() && flags.raw_fields.is_empty(),
        };
        let contradicts_itself =
            flags.silent && filter.is_some() || flags.slurp && (filter.is_some() || !flags.paginate);
        if !is_read || !host.eq_ignore_ascii_case(HOST) || contradicts_itself {
            return None;
        }
        let (path, mut query) = endpoint(&flags.endpoints)?;
        query.extend(fields(&flags)?);
        let has_page_size = query.iter().any(|(key, value)| key == "per_page" && !value.is_empty());
        if flags.paginate && !has_page_size {
            query.push(("per_page".to_owned(), PER_PAGE.to_owned()));
        }
        RelayQuery::parse(query.clone()).ok()?;
        let filter = match filter {
            Some(filter) => Some(Filter::compile(filter)?),
            None => None,
        };
        let headers = headers(&flags.headers)?;
        let Flags { paginate, slurp, include, silent, .. } = flags;
        let pages = match (paginate, slurp) {
            (false, _) => Pages::One,
            (true, false) => Pages::Joined,
            (true, true) => Pages::Slurped,
        };
        Some(Self { path, query, headers, filter, pages, include, silent })
    }
}

/// The path and the query of the one endpoint.
fn endpoint(endpoints: &[String]) -> Option<(RelayPath, Vec<(String, String)>)> {
    let [endpoint] = endpoints else { return None };
    if endpoint == "graphql" || has_placeholder(endpoint) || endpoint.contains('#') {
        return None;
    }
    let endpoint = endpoint.strip_prefix(API).unwrap_or(endpoint.strip_prefix('/').unwrap_or(endpoint));
    let (path, query) = endpoint.split_once('?').unwrap_or((endpoint, ""));
    let path = RelayPath::parse(&format!("/{path}")).ok()?;
    Some((path, form_urlencoded::parse(query.as_bytes()).into_owned().collect()))
}

/// gh fills in the repository of the current folder.
fn has_placeholder(text: &str) -> bool {
    text.contains('{') || [":owner", ":repo", ":branch"].iter().any(|name| text.contains(name))
}

/// Fields as parameters. A field that is given twice is an error in newer versions of gh.
fn fields(flags: &Flags) -> Option<Vec<(String, String)>> {
    let raw = flags.raw_fields.iter().map(|field| pair(field, |value| Some(value.to_owned())));
    let typed = flags.fields.iter().map(|field| pair(field, typed_value));
    let pairs: Vec<_> = raw.chain(typed).collect::<Option<_>>()?;
    let keys: BTreeSet<_> = pairs.iter().map(|(key, _)| key).collect();
    (keys.len() == pairs.len()).then_some(pairs)
}

fn pair(field: &str, value: impl Fn(&str) -> Option<String>) -> Option<(String, String)> {
    let (key, text) = field.split_once('=')?;
    Some((key.to_owned(), value(text)?))
}

/// What gh makes of a typed value in a query. Files, JSON and placeholders are its own.
fn typed_value(text: &str) -> Option<String> {
    if text.starts_with('@') || has_placeholder(text) {
        return None;
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.to_string());
    }
    Some(if text == "null" { String::new() } else { text.to_owned() })
}

fn headers(lines: &[String]) -> Option<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        let is_plain = !value.is_empty()
            && value.len() <= LONGEST_HEADER
            && value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let is_taken = HEADERS.contains(&name.as_str()) && (name != "cache-control" || is_age(value));
        if !is_plain || !is_taken || headers.insert(name, value.to_owned()).is_some() {
            return None;
        }
    }
    Some(headers)
}

/// The one directive that the relay knows.
fn is_age(value: &str) -> bool {
    value.strip_prefix("max-age=").is_some_and(|seconds| seconds.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use proptest::prelude::*;

    use super::ApiCall;

    fn parse(words: &[&str]) -> Option<ApiCall> {
        ApiCall::parse(&words.iter().map(OsString::from).collect::<Vec<_>>(), None)
    }

    fn asked(line: &str) -> Option<String> {
        let call = parse(&line.split(' ').collect::<Vec<_>>())?;
        let pairs: Vec<_> = call.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        Some(format!("{} {}", call.path.as_str(), pairs.join("&")).trim_end().to_owned())
    }

    #[test]
    fn reads_are_carried() {
        for (line, expected) in [
            ("api repos/acme/rocket", "/repos/acme/rocket"),
            ("api /repos/acme/rocket?a=b+c%26", "/repos/acme/rocket a=b c&"),
            ("api https://api.github.com/users/mona", "/users/mona"),
            ("api --hostname GitHub.com meta", "/meta"),
            ("api meta -X get -f a=1 -F n=007 -F t=true -F z=null", "/meta a=1&n=7&t=true&z="),
            ("api meta --paginate", "/meta per_page=100"),
            ("api meta?per_page=5&x --paginate", "/meta per_page=5&x="),
            ("api meta --paginate -XGET -F per_page=7", "/meta per_page=7"),
            ("api meta --paginate --slurp", "/meta per_page=100"),
            ("api meta -H Accept:a/b;q=1 -H Cache-Control:max-age=9", "/meta"),
            ("api meta -iq .a", "/meta"),
            ("api meta --silent --jq=", "/meta"),
            ("api repos/a/b/contents/a%20b", "/repos/a/b/contents/a%20b"),
        ] {
            assert_eq!(asked(line).as_deref(), Some(expected), "{line}");
        }
    }

    #[test]
    fn everything_else_is_ghs() {
        for line in [
            "pr list",
            "--help",
            "--version",
            "api",
            "api a b",
            "api --help",
            "api graphql -f query=x",
            "api graphql",
            "api meta -f a=1",
            "api meta -X POST",
            "api meta -X DELETE --paginate",
            "api meta --input -",
            "api meta -t {{.}}",
            "api meta --cache 1h",
            "api meta --preview nebula",
            "api meta -p nebula",
            "api repos/{owner}/{repo}",
            "api repos/:owner/:repo",
            "api repos/acme/rocket/branches/:branch",
            "api meta -XGET -F a={owner}",
            "api meta -XGET -F a=@file",
            "api meta -XGET -F a={}",
            "api meta -XGET -f a=1 -f a=2",
            "api meta -XGET -f a",
            "api meta -XGET -f a[]=1",
            "api meta?access_token=x",
            "api meta --hostname ghe.example.com",
            "api https://ghe.example.com/api/v3/meta",
            "api http://api.github.com/meta",
            "api https://api.github.com.evil.example/meta",
            "api meta -H Authorization:x",
            "api meta -H Accept",
            "api meta -H Accept:",
            "api meta -H Accept:a -H accept:b",
            "api meta -H Cache-Control:no-cache",
            "api repos/../user",
            "api a#b",
            "api meta -q .[",
            "api meta -q . --silent",
            "api meta --slurp",
            "api meta --slurp --paginate -q .",
        ] {
            assert_eq!(asked(line), None, "{line}");
        }
    }

    #[test]
    fn another_default_host_is_ghs_unless_the_call_names_github() {
        let call = |line: &str, host| {
            ApiCall::parse(&line.split(' ').map(OsString::from).collect::<Vec<_>>(), Some(host)).is_some()
        };
        assert!(call("api meta", "github.com"));
        assert!(!call("api meta", "ghe.example.com"));
        assert!(call("api meta --hostname github.com", "ghe.example.com"));
    }

    proptest! {
        #[test]
        fn no_arguments_panic(words in prop::collection::vec("(-[A-Za-z=]{0,4}|--[a-z=]{0,9}|[!-~é ]{0,9})", 0..6)) {
            let mut words: Vec<_> = words.iter().map(String::as_str).collect();
            words.insert(0, "api");
            drop(parse(&words));
        }
    }
}
