//! Under what an answer is shared.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::commit_sha::CommitSha;
use super::media::Media;
use super::path::RelayPath;
use super::route::Route;
use crate::PoolId;

/// A digest of all that an answer depends on: the pool, the path, the query and the headers that
/// GitHub varies by, each as GitHub is asked with it. Callers of one pool share, pools do not. 43
/// characters of base64url.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CacheKey(String);

impl CacheKey {
    /// The key of a `GET`. The head counts where the path is about a pull request: what was read of
    /// one head is not what is there at the next.
    pub fn of(
        pool: &PoolId,
        route: &Route,
        media: Media,
        version: &str,
        pr_head: Option<&CommitSha>,
    ) -> Self {
        let mut digest = Sha256::new();
        // A length before each part: no part can be continued by the next one.
        for part in [pool.as_str(), &folded(route), &route.query.encoded(), media.accept(), version] {
            digest.update(part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        // Without a head the key is the one that it was before there were heads.
        if let Some(head) = pr_head.filter(|_| is_about_pull_request(&route.path)) {
            digest.update(head.as_str().as_bytes());
        }
        Self(URL_SAFE_NO_PAD.encode(digest.finalize()))
    }

    /// The key of a GraphQL query. The parts must name all that GitHub is asked and all that the
    /// answer is made of.
    pub fn of_query(pool: &PoolId, parts: [&str; 3]) -> Self {
        let mut digest = Sha256::new();
        // No path has a space: what comes second tells a query from a `GET`.
        for part in [pool.as_str(), " graphql"].into_iter().chain(parts) {
            digest.update(part.len().to_be_bytes());
            digest.update(part.as_bytes());
        }
        Self(URL_SAFE_NO_PAD.encode(digest.finalize()))
    }

    /// A key that no other read has: what is found under it is shared with nobody. `nonce` must be
    /// random.
    pub fn once(nonce: &str) -> Self {
        // One part of a single length: no key of a `GET` is made of so little.
        Self(URL_SAFE_NO_PAD.encode(Sha256::digest(nonce.as_bytes())))
    }

    /// The digest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a path is about one pull request: itself, its conversation, which GitHub has under
/// `issues`, or its refs (`pull/7/head`).
fn is_about_pull_request(path: &RelayPath) -> bool {
    let segments: Vec<_> = path.segments().collect();
    let Some(["repos", _, _, rest @ ..]) = segments.get(..) else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match rest {
        ["pulls" | "issues", number, ..] => is_number(number),
        _ => rest.windows(2).any(|pair| pair[0] == "pull" && is_number(pair[1])),
    }
}

/// The path with its logins and its repository in lower case, which are the same to GitHub.
fn folded(route: &Route) -> String {
    let segments: Vec<_> = route.path.segments().collect();
    let names: &[usize] = match segments.as_slice() {
        ["repos", _, _, "assignees", _] => &[1, 2, 4],
        ["repos", ..] => &[1, 2],
        ["orgs", _, "public_members", _] => &[1, 3],
        ["orgs" | "users", ..] => &[1],
        _ => &[],
    };
    let fold = |(index, segment): (usize, &&str)| {
        if names.contains(&index) { segment.to_ascii_lowercase() } else { (*segment).to_owned() }
    };
    let folded: Vec<_> = segments.iter().enumerate().map(fold).collect();
    folded.join("/")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CacheKey, CommitSha, Media};
    use crate::PoolId;
    use crate::relay::{RelayPath, RelayQuery, find_route};

    fn key(pool: &str, path: &str, query: &[(&str, &str)], media: Media) -> CacheKey {
        key_at(pool, path, query, media, None)
    }

    fn key_at(
        pool: &str,
        path: &str,
        query: &[(&str, &str)],
        media: Media,
        pr_head: Option<&CommitSha>,
    ) -> CacheKey {
        let path = RelayPath::parse(path).unwrap();
        let query = RelayQuery::parse(query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))).unwrap();
        CacheKey::of(&PoolId::parse(pool).unwrap(), &find_route(&path, &query).unwrap(), media, "v", pr_head)
    }

    fn json(path: &str, query: &[(&str, &str)]) -> CacheKey {
        key("team", path, query, Media::Json)
    }

    #[test]
    fn all_spellings_of_one_question_are_one_entry() {
        for (path, query, others) in [
            (
                "branches/feature/x",
                vec![],
                vec![("branches/feature%2Fx", vec![]), ("branches/feature%2fx/", vec![])],
            ),
            (
                "commits/a/b/status",
                vec![],
                vec![("commits/a%2Fb/status", vec![("x", "1")]), ("commits/a/b/status/", vec![])],
            ),
            (
                "contents/docs/a.md",
                vec![],
                vec![("contents//docs///a.md", vec![]), ("contents/docs%2Fa.md/", vec![])],
            ),
            ("contents", vec![("ref", "x")], vec![("contents/", vec![("ref", "y"), ("ref", "x")])]),
            ("labels/kind/bug", vec![], vec![("labels/kind%2Fbug", vec![])]),
            (
                "issues",
                vec![("page", "2")],
                vec![
                    ("issues/", vec![("page", "02"), ("_", "1")]),
                    ("issues", vec![("page", "2"), ("utm", "2")]),
                ],
            ),
        ] {
            let path = format!("/repos/acme/rocket/{path}");
            for (other, pairs) in others {
                let other = format!("/repos/Acme/Rocket/{other}");
                assert_eq!(json(&path, &query), json(&other, &pairs), "{path} {other}");
            }
        }
        assert_ne!(json("/repos/a/b/commits/x/status", &[]), json("/repos/a/b/commits/x%2Fstatus", &[]));
    }

    #[test]
    fn what_is_the_same_to_github_is_one_entry_and_all_else_is_not() {
        let one = key("team", "/repos/acme/rocket/pulls", &[("state", "open"), ("page", "2")], Media::Json);
        assert_eq!(
            one,
            key("team", "/repos/Acme/ROCKET/pulls", &[("page", "2"), ("state", "open")], Media::Json)
        );
        for other in [
            key("Team", "/repos/acme/rocket/pulls", &[("state", "open"), ("page", "2")], Media::Json),
            key("team", "/repos/acme/rocket/issues", &[("state", "open"), ("page", "2")], Media::Json),
            key("team", "/repos/acme/rocket/pulls", &[("state", "open"), ("page", "1")], Media::Json),
            key("team", "/repos/acme/rocket/pulls", &[("state", "open"), ("page", "2")], Media::Raw),
        ] {
            assert_ne!(one, other);
        }
        assert_ne!(json("/repos/acme/rocket/contents/A", &[]), json("/repos/acme/rocket/contents/a", &[]));
    }

    #[test]
    fn a_head_counts_for_what_is_about_a_pull_request_only() {
        let heads = ["a", "b"].map(|digit| CommitSha::parse(&digit.repeat(40)).unwrap());
        for (path, counts) in [
            ("/repos/acme/rocket/pulls/7", true),
            ("/repos/acme/rocket/pulls/7/files", true),
            ("/repos/acme/rocket/pulls/7/commits", true),
            ("/repos/acme/rocket/pulls/7/reviews/1/comments", true),
            ("/repos/acme/rocket/issues/7/comments", true),
            ("/repos/acme/rocket/git/ref/pull/7/head", true),
            ("/repos/acme/rocket/pulls", false),
            ("/repos/acme/rocket/pulls/comments/7", false),
            ("/repos/acme/rocket/issues/comments/7", false),
            ("/repos/acme/rocket", false),
            ("/users/octocat", false),
        ] {
            let [none, first, second] = [None, Some(&heads[0]), Some(&heads[1])]
                .map(|head| key_at("team", path, &[], Media::Json, head));
            assert_eq!((none != first, first != second), (counts, counts), "{path}");
        }
    }

    proptest! {
        #[test]
        fn different_requests_have_different_keys(
            a in ("[a-z]{1,3}", "[a-z]{1,3}", "[a-z&=]{0,3}"), b in ("[a-z]{1,3}", "[a-z]{1,3}", "[a-z&=]{0,3}")
        ) {
            let key = |(pool, name, q): &(String, String, String)| {
                key(pool, &format!("/repos/acme/{name}/pulls"), &[("head", q)], Media::Json)
            };
            prop_assert_eq!(key(&a) == key(&b), a == b);
        }
    }
}
