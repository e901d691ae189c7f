//! A `curl` sample of an operation, made from its example.

use serde_json::Value;

use super::{Endpoint, layout};
use crate::template;

/// What stands for the variables of a path in a sample.
const PATH_VALUES: [(&str, &str); 6] = [
    ("caller", "$CALLER"),
    ("client", "ci"),
    ("id", "mona"),
    ("path", "repos/acme/rocket"),
    ("pool", "maintainers"),
    ("token", "release"),
];

/// Values of the examples that differ for every reader, and the shell's variable that a sample has
/// in their place.
const READERS_OWN: [(&str, &str); 2] =
    [("gho_EXAMPLE", "GITHUB_TOKEN"), ("47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "STATE_HASH")];

/// The command, for a shell with the variables that `docs/API.md` names.
pub(super) fn curl(endpoint: &Endpoint<'_>) -> String {
    let mut words = Vec::new();
    let body = &endpoint.operation["requestBody"];
    // A body that may be left out is left out.
    let body = body["content"]["application/json"].get("example").filter(|_| body["required"] == true);
    let method = endpoint.method.as_str();
    words.push(match (method, body) {
        ("GET", None) | ("POST", Some(_)) => "curl".to_owned(),
        _ => format!("curl -X {method}"),
    });
    words.push(format!("\"$OCTOPOOL_URL{}\"", filled(endpoint.path)));
    let security = endpoint.operation["security"][0].as_object();
    match security.and_then(|scheme| scheme.keys().next()).map(String::as_str) {
        Some("admin") => words.push(r#"-H "authorization: Bearer $OCTOPOOL_ADMIN_TOKEN""#.to_owned()),
        Some(_) => words.push(r#"-H "authorization: Bearer $OCTOPOOL_TOKEN""#.to_owned()),
        None => {}
    }
    if let Some(body) = body {
        words.push("-H 'content-type: application/json'".to_owned());
        words.push(format!("-d '{}'", with_variables(&layout::json(body))));
    }
    // The method and the address stay together.
    let line = format!("{} {}", words[0], words[1]);
    let lines: Vec<_> = std::iter::once(line).chain(words.into_iter().skip(2)).collect();
    lines.join(" \\\n  ")
}

fn filled(path: &str) -> String {
    let mut filled = path.to_owned();
    for name in template::names(path) {
        let value = PATH_VALUES.iter().find(|(known, _)| *known == name).map_or(name, |(_, value)| *value);
        filled = filled.replace(&format!("{{{name}}}"), value);
    }
    filled
}

/// The single quotes end for a variable and begin again behind it.
fn with_variables(json: &str) -> String {
    READERS_OWN
        .iter()
        .fold(json.to_owned(), |json, (value, name)| json.replace(value, &format!("'\"${name}\"'")))
}

/// The status and the answer of the sample: what is made is a 201, and 200 is then the answer to a
/// dry run.
pub(super) fn success(operation: &Value) -> (&'static str, &Value) {
    let found = ["201", "200", "204"].into_iter().find(|status| operation["responses"][status].is_object());
    found.map_or(("200", &Value::Null), |status| (status, &operation["responses"][status]))
}
