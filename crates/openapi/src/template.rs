//! Paths with `{…}` for what varies.

use std::iter::zip;

use percent_encoding::percent_decode_str;

/// The path as OpenAPI writes it: the router's `{*path}` is a `{path}` there.
pub(crate) fn described(path: &str) -> String {
    path.replace("{*", "{")
}

/// The names of what varies.
pub(crate) fn names(path: &str) -> impl Iterator<Item = &str> {
    let opened = path.split('{').skip(1);
    opened.filter_map(|rest| rest.split('}').next()).map(|name| name.trim_start_matches('*'))
}

/// The values that a path has for what varies, if it is of this template.
pub(crate) fn values(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    if let Some((base, name)) = template.split_once("{*") {
        let rest = path.strip_prefix(base).filter(|rest| !rest.is_empty())?;
        return Some(vec![(name.trim_end_matches('}').to_owned(), rest.to_owned())]);
    }
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    if wanted.len() != given.len() {
        return None;
    }
    let (mut values, last) = (Vec::new(), given.len() - 1);
    for (index, (wanted, given)) in zip(wanted, given).enumerate() {
        match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            // The router takes an empty value in the middle of a path, and none at its end.
            Some(name) if !given.is_empty() || index < last => {
                let value = percent_decode_str(given).decode_utf8_lossy().into_owned();
                values.push((name.to_owned(), value));
            }
            None if wanted == given => {}
            _ => return None,
        }
    }
    Some(values)
}
