//! A path and a query as a caller sends them: whatever the relay takes has one spelling, names
//! nothing else to whoever decodes it once more, and goes to GitHub as it was understood.

#![no_main]

use libfuzzer_sys::fuzz_target;
use octopool_core::PoolId;
use octopool_core::relay::{CacheKey, RelayPath, RelayQuery, accepted, find_route};
use percent_encoding::percent_decode_str;

fuzz_target!(|input: (&str, Vec<(String, String)>)| {
    let (text, pairs) = input;
    let path = RelayPath::parse(text).ok();
    if let Some(path) = &path {
        one_path(path.as_str());
    }
    let query = RelayQuery::parse(pairs.clone()).ok();
    if let Some(query) = &query {
        one_query(query, pairs);
    }
    if let (Some(path), Some(query)) = (path, query)
        && let Some(route) = find_route(&path, &query)
    {
        let pool = PoolId::parse("team").unwrap();
        one_path(route.path.as_str());
        let again = find_route(&route.path, &route.query).unwrap();
        assert_eq!(
            (again.kind, again.path, again.query),
            (route.kind, route.path.clone(), route.query.clone()),
            "asked again"
        );
        let key = CacheKey::of(&pool, &route, accepted(Some(text), route.media), "version", None);
        assert_eq!(key.as_str().len(), 43);
        if let Some(repository) = route.repository {
            assert!(
                !repository.key().contains(['%', '\\', '?', '#'])
                    && repository.key().matches('/').count() == 1
            );
        }
    }
});

fn one_path(path: &str) {
    assert!(path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(!path.contains(['\\', '?', '#']) && !path.contains("://"));
    assert_eq!(RelayPath::parse(path).unwrap().as_str(), path, "one spelling");
    let once = percent_decode_str(path).decode_utf8().unwrap().into_owned();
    let twice = percent_decode_str(&once).decode_utf8_lossy().into_owned();
    for spelling in [path, &once, &twice] {
        assert!(
            !spelling.contains('\\') && !spelling.split('/').any(|part| part == "." || part == ".."),
            "{path:?} {spelling:?}"
        );
    }
    assert!(!once.chars().any(char::is_control));
}

fn one_query(query: &RelayQuery, mut pairs: Vec<(String, String)>) {
    let encoded = query.encoded();
    assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()) && !encoded.contains('#'));
    let understood: Vec<(String, String)> = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    assert_eq!(understood, pairs, "GitHub reads what the caller sent");
}
