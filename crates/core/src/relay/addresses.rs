//! The addresses of GitHub's API that GitHub writes into its answers, put at another base.
//!
//! Clients follow them with the caller's token (`octokit.request(release.assets_url)`, the lazy
//! objects of `PyGithub`), so in the REST form they must lead back to where the client came from.
//! Text that people wrote is left alone, and so is every other byte: the body is scanned once and
//! spliced, never parsed and written again.

use std::borrow::Cow;
use std::ops::Range;

use super::hygiene::Holds;

/// Names that end like GitHub's addresses, and whose values people write: a status leads to a build
/// server, an app to its home page. GitHub's pages for people (`html_url`) are no part of the API.
const WRITTEN_BY_PEOPLE: [&str; 11] = [
    "details_url",
    "environment_url",
    "external_url",
    "homepage_url",
    "html_url",
    "image_url",
    "log_url",
    "mirror_url",
    "submodule_git_url",
    "target_url",
    "website_url",
];

/// Fields whose values are JSON that users wrote, at any depth: what a deployment or a dispatched
/// workflow was given, and the values of an organization's own properties.
const FREE_JSON: [&str; 4] = ["payload", "client_payload", "custom_properties", "inputs"];

/// Puts the addresses that begin with `github` at `ours` instead. Both are bases without a slash at
/// the end. `holds` tells the `payload` of an event, which is GitHub's, from that of a deployment.
///
/// The body has been checked to be JSON. One that is not comes back as it is.
pub fn with_addresses_at<'a>(body: &'a [u8], github: &str, ours: &str, holds: Holds) -> Cow<'a, [u8]> {
    let found = Scan::new(body, github.as_bytes(), holds).run();
    if found.is_empty() {
        return Cow::Borrowed(body);
    }
    // The base of a request is an authority that a client sent: escaped, it cannot end the string.
    let ours = serde_json::to_string(ours).unwrap_or_default();
    let ours = ours.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default();
    let ours = ours.as_bytes();
    let mut out = Vec::with_capacity(body.len() + found.len() * ours.len());
    let mut done = 0;
    for range in found {
        out.extend_from_slice(body.get(done..range.start).unwrap_or_default());
        out.extend_from_slice(ours);
        done = range.end;
    }
    out.extend_from_slice(body.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// What the members of an object, or the items of an array, are.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    /// GitHub's own fields.
    Github,
    /// The members of `_links`, which are addresses whatever they are called.
    Links,
    /// JSON that users wrote.
    Users,
}

struct Frame {
    is_object: bool,
    place: Place,
}

struct Scan<'a> {
    body: &'a [u8],
    base: &'a [u8],
    holds: Holds,
    stack: Vec<Frame>,
    /// The name of the member that is being read, in the innermost object.
    name: Option<&'a [u8]>,
    found: Vec<Range<usize>>,
}

impl<'a> Scan<'a> {
    fn new(body: &'a [u8], base: &'a [u8], holds: Holds) -> Self {
        Self { body, base, holds, stack: Vec::new(), name: None, found: Vec::new() }
    }

    /// Where the base stands in a value that is an address of GitHub's.
    fn run(mut self) -> Vec<Range<usize>> {
        let mut at = 0;
        while let Some(byte) = self.body.get(at) {
            match byte {
                b'"' => {
                    let Some(end) = self.end_of_string(at + 1) else { return Vec::new() };
                    self.string(at + 1..end);
                    at = end;
                }
                b'{' | b'[' => self.open(*byte == b'{'),
                b'}' | b']' => {
                    if self.stack.pop().is_none() {
                        return Vec::new();
                    }
                    self.name = None;
                }
                b',' => self.name = None,
                // Numbers, literals, colons and spaces.
                _ => {}
            }
            at += 1;
        }
        if self.stack.is_empty() { self.found } else { Vec::new() }
    }

    /// The index of the quote that ends the string which begins at `at`.
    fn end_of_string(&self, mut at: usize) -> Option<usize> {
        loop {
            match self.body.get(at)? {
                b'"' => return Some(at),
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }

    fn open(&mut self, is_object: bool) {
        let place = match (self.stack.last(), self.name) {
            (Some(Frame { place: Place::Users, .. }), _) => Place::Users,
            (Some(_), Some(b"_links")) => Place::Links,
            (Some(_), Some(name)) if self.is_free_json(name) => Place::Users,
            // Also the outermost value, which has no frame around it.
            (Some(_) | None, Some(_) | None) => Place::Github,
        };
        self.stack.push(Frame { is_object, place });
        self.name = None;
    }

    fn is_free_json(&self, name: &[u8]) -> bool {
        let is_free = FREE_JSON.iter().any(|free| free.as_bytes() == name);
        // `[{"type": "IssuesEvent", "payload": {…}}]`: this one GitHub writes.
        let of_event = self.holds == Holds::Events && self.stack.len() == 2 && name == b"payload";
        is_free && !of_event
    }

    /// A string is a member's name if there is none yet, or else a value.
    fn string(&mut self, range: Range<usize>) {
        let Some(frame) = self.stack.last().filter(|frame| frame.is_object) else { return };
        let place = frame.place;
        let text = self.body.get(range.clone()).unwrap_or_default();
        let Some(name) = self.name else {
            self.name = Some(text);
            return;
        };
        let is_address = match place {
            Place::Github => is_address(name),
            Place::Links => true,
            Place::Users => false,
        };
        if is_address && let Some(length) = length_of_base(text, self.base) {
            self.found.push(range.start..range.start + length);
        }
    }
}

/// Whether GitHub writes an address under this name.
fn is_address(name: &[u8]) -> bool {
    let ends = matches!(name, b"url" | b"href") || name.ends_with(b"_url") || name.ends_with(b"_href");
    ends && !WRITTEN_BY_PEOPLE.iter().any(|written| written.as_bytes() == name)
}

/// How many bytes of the string, which is still escaped, are the base; nothing if it begins
/// otherwise or goes on with the same name: `https://api.github.com.evil.example` is another host.
fn length_of_base(text: &[u8], base: &[u8]) -> Option<usize> {
    let mut length = 0;
    for expected in base {
        // The one escape that JSON allows in an address.
        let escaped = text.get(length) == Some(&b'\\') && text.get(length + 1) == Some(&b'/');
        length += usize::from(escaped);
        if text.get(length) != Some(expected) {
            return None;
        }
        length += 1;
    }
    let rest = text.get(length..)?;
    let ends =
        rest.is_empty() || matches!(rest.first(), Some(b'/' | b'?' | b'{')) || rest.starts_with(b"\\/");
    ends.then_some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Holds, with_addresses_at};

    const GITHUB: &str = "https://api.github.com";
    const OURS: &str = "https://pool.example/api/v3";

    fn rewritten(body: &str, holds: Holds) -> String {
        let out = with_addresses_at(body.as_bytes(), GITHUB, OURS, holds);
        String::from_utf8(out.into_owned()).unwrap()
    }

    fn facts(body: &str) -> String {
        rewritten(body, Holds::Facts)
    }

    #[test]
    fn addresses_of_github_become_ours_and_no_other_byte_changes() {
        for (body, expected) in [
            (
                r#"{ "url" : "https://api.github.com/repos/a/b" , "n":1.0,"e":1e400 }"#,
                r#"{ "url" : "https://pool.example/api/v3/repos/a/b" , "n":1.0,"e":1e400 }"#,
            ),
            (
                r#"{"commits_url":"https://api.github.com/repos/a/b/commits{/sha}","x":"\u2028\ud83d\ude00"}"#,
                r#"{"commits_url":"https://pool.example/api/v3/repos/a/b/commits{/sha}","x":"\u2028\ud83d\ude00"}"#,
            ),
            (
                r#"[{"owner":{"url":"https:\/\/api.github.com\/users\/a"}}]"#,
                r#"[{"owner":{"url":"https://pool.example/api/v3\/users\/a"}}]"#,
            ),
            (
                r#"{"_links":{"self":{"href":"https://api.github.com/x"},"git":"https://api.github.com/y","html":"https://github.com/a"}}"#,
                r#"{"_links":{"self":{"href":"https://pool.example/api/v3/x"},"git":"https://pool.example/api/v3/y","html":"https://github.com/a"}}"#,
            ),
            (
                r#"{"url":"https://api.github.com","blob_href":"https://api.github.com?x"}"#,
                r#"{"url":"https://pool.example/api/v3","blob_href":"https://pool.example/api/v3?x"}"#,
            ),
        ] {
            assert_eq!(facts(body), expected);
        }
    }

    #[test]
    fn other_hosts_and_what_people_wrote_are_left_alone() {
        for body in [
            r#"{"body":"see https://api.github.com/repos/a/b","title":"https://api.github.com/x"}"#,
            r#"{"homepage":"https://api.github.com/x","blog":"https://api.github.com/x"}"#,
            r#"{"html_url":"https://api.github.com/x","target_url":"https://api.github.com/x"}"#,
            r#"{"details_url":"https://api.github.com/x","external_url":"https://api.github.com/x"}"#,
            r#"{"url":"https://api.github.com.evil.example/x"}"#,
            r#"{"url":"https://api.github.com:444/x"}"#,
            r#"{"url":"https://api.github.com@evil.example/x"}"#,
            r#"{"url":"http://api.github.com/x"}"#,
            r#"{"url":"https://uploads.github.com/x"}"#,
            r#"{"url":" https://api.github.com/x"}"#,
            r#"{"urls":["https://api.github.com/x"],"url":["https://api.github.com/x"]}"#,
            r#"{"x":"\"url\":\"https://api.github.com/x\""}"#,
            r#"{"payload":{"url":"https://api.github.com/x","deep":[{"url":"https://api.github.com/x"}]}}"#,
            r#"{"payload":{"_links":{"self":{"href":"https://api.github.com/x"}}}}"#,
            r#""https://api.github.com/x""#,
            "",
            "{",
            r#"{"url":"https://api.github.com/x"#,
            r#"{"url":"https://api.github.com/x"}}"#,
        ] {
            assert_eq!(facts(body), body);
        }
    }

    #[test]
    fn the_payload_of_an_event_is_githubs_and_that_of_a_deployment_is_not() {
        let event = json!([{"type": "IssuesEvent", "payload": {
            "issue": {"url": "https://api.github.com/i"},
            "deployment": {"url": "https://api.github.com/d", "payload": {"url": "https://api.github.com/users-own"}},
        }}]);
        let after: Value = serde_json::from_str(&rewritten(&event.to_string(), Holds::Events)).unwrap();
        let payload = &after[0]["payload"];
        assert_eq!(payload["issue"]["url"], format!("{OURS}/i"));
        assert_eq!(payload["deployment"]["url"], format!("{OURS}/d"));
        assert_eq!(payload["deployment"]["payload"]["url"], "https://api.github.com/users-own");
        let deployment = r#"[{"payload":{"url":"https://api.github.com/x"}}]"#;
        assert_eq!(rewritten(deployment, Holds::Deployments), deployment);
    }

    #[test]
    fn a_base_with_a_path_is_matched_as_a_whole() {
        let body = br#"{"url":"https://ghe.example/api/v3/user","html_url":"https://ghe.example/mona","a_url":"https://ghe.example/api/v30/x"}"#;
        let out = with_addresses_at(body, "https://ghe.example/api/v3", "https://pool.example", Holds::Facts);
        let expected = br#"{"url":"https://pool.example/user","html_url":"https://ghe.example/mona","a_url":"https://ghe.example/api/v30/x"}"#;
        assert_eq!(out.as_ref(), expected);
    }

    #[test]
    fn a_base_that_a_client_made_up_does_not_end_the_string() {
        let body = br#"{"url":"https://api.github.com/user"}"#;
        for base in ["http://a\",\"admin\":\"\\", "http://\"a\"", "\n"] {
            let out = with_addresses_at(body, GITHUB, base, Holds::Facts);
            let value: Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(value, json!({ "url": format!("{base}/user") }));
        }
    }

    /// The same on the parsed value, written in the plainest way.
    fn oracle(value: &Value, free: bool) -> Value {
        match value {
            Value::Object(object) => object
                .iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) if !free && name == "url" => {
                            let rest = text.strip_prefix(GITHUB).filter(|rest| rest.starts_with('/'));
                            json!(rest.map_or(text.clone(), |rest| format!("{OURS}{rest}")))
                        }
                        other => oracle(other, free || name == "payload"),
                    };
                    (name.clone(), value)
                })
                .collect(),
            Value::Array(items) => items.iter().map(|item| oracle(item, free)).collect(),
            other => other.clone(),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            Just(format!("{GITHUB}/x")),
            Just(format!("{GITHUB}x")),
            "[\\\\\"{}\\[\\],:a/é\n]{0,6}".prop_map(String::from),
        ];
        let leaf =
            prop_oneof![text.prop_map(Value::from), any::<i32>().prop_map(Value::from), Just(Value::Null)];
        leaf.prop_recursive(5, 40, 5, |inner| {
            let name = prop_oneof![Just("url"), Just("payload"), Just("x"), Just("{\"url\":")];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(name.prop_map(str::to_owned), inner, 0..4)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_agrees_with_a_parser(value in any_json()) {
            let after: Value = serde_json::from_str(&facts(&value.to_string())).unwrap();
            prop_assert_eq!(after, oracle(&value, false));
        }

        #[test]
        fn no_input_panics(body in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = with_addresses_at(&body, GITHUB, OURS, Holds::Events);
        }
    }
}
