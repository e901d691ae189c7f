//! The documents of gh, and what becomes of them.

use octopool_core::relay::graphql::{Accepted, Refused, Target};
use octopool_graphql_documents::{Recorded, recorded};

use crate::support::{SECRET, World, answer, ask};

/// What of gh's documents is not served.
const REFUSED: &[(&str, &str)] = &[
    ("2.103.3-browse-src-main-rs-1-n", "Repository.viewerPermission"),
    ("2.46.0-browse-src-main-rs-1-n", "Repository.viewerPermission"),
    ("2.103.3-gist-list", "privacy"),
    ("2.23.0-gist-list", "privacy"),
    ("2.103.3-org-list", "User.organizations"),
    ("2.103.3-project-list-owner-acme-2", "Organization.projectsV2"),
    ("2.46.0-project-list-owner-acme", "Organization.projectsV2"),
    ("2.103.3-repo-list-acme-json-all", "Repository.mentionableUsers"),
    ("2.103.3-repo-view-json-all", "Repository.mentionableUsers"),
    ("2.23.0-repo-list-acme-json-all", "Repository.mentionableUsers"),
    ("2.23.0-repo-view-json-all", "Repository.mentionableUsers"),
    ("2.46.0-repo-view-acme-rocket-json-all", "Repository.mentionableUsers"),
    ("2.103.3-ruleset-list", "Repository.rulesets"),
];

#[test]
fn each_document_of_gh_is_served_or_refused_with_a_reason() {
    let mut wrong = Vec::new();
    for Recorded { name, query, variables } in recorded() {
        let refused = REFUSED.iter().find(|(one, _)| *one == name).map(|(_, what)| *what);
        match (ask(&query, &variables), refused) {
            (Ok(_), None) => {}
            (Err(Refused::NotServed { what, .. }), Some(expected)) if what == expected => {}
            (Ok(_), Some(_)) => wrong.push(format!("{name} is served")),
            (Err(error), _) => wrong.push(format!("{name}: {error:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The id of a `node`.
fn prepared_ids(variables: &serde_json::Map<String, serde_json::Value>) -> Vec<String> {
    variables.get("id").and_then(|id| id.as_str()).map(str::to_owned).into_iter().collect()
}

/// Every document, many worlds: what is public is answered, what is not does not leave.
#[test]
fn each_document_is_answered_with_what_is_public() {
    for Recorded { name, query, variables } in recorded() {
        let Ok(prepared) = ask(&query, &variables) else { continue };
        if prepared.local().is_some() {
            continue;
        }
        for (seed, (private, hidden)) in (0..40).zip([(0, 0), (0, 2), (6, 3)].into_iter().cycle()) {
            let world = World::new(seed, private, hidden);
            let body = answer(&world, &prepared.document).unwrap().to_string();
            match prepared.accept(body.as_bytes(), &|_| true) {
                Accepted::Answer(answer) => {
                    let body = String::from_utf8(answer.body).unwrap();
                    assert!(!body.contains(SECRET) && !body.contains("octopool_"), "{name} {seed}: {body}");
                    assert!(serde_json::from_str::<serde_json::Value>(&body).is_ok(), "{name}: {body}");
                    assert!(!*world.showed_private.borrow(), "{name} {seed}: {body}");
                }
                Accepted::Private { .. } => assert!(*world.showed_private.borrow(), "{name} {seed}: {body}"),
                Accepted::Errors(errors) if prepared.target == Target::Nodes(prepared_ids(&variables)) => {
                    let body = String::from_utf8(errors.body).unwrap();
                    assert!(body.contains("NOT_SERVED") && !body.contains(SECRET), "{name} {seed}: {body}");
                }
                other => panic!("{name} {seed}: {other:?}\n{}\n{body}", prepared.document),
            }
        }
    }
}
