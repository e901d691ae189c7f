//! Documents made at random of what is served, over worlds with private parts. With
//! `GRAPHQL_DOCUMENTS=1000000` it is the fuzz that ran by hand.

use octopool_core::relay::graphql::{Accepted, ErrorKind, Refused};
use octopool_graphql_documents::{Argument, Generator, Random, count, recorded};
use serde_json::{Map, Value, json};

use crate::support::{SECRET, World, answer, ask};

fn generator() -> Generator {
    let aliases = vec!["a", "b", "totalCount", "isPrivate", "nodes", "id"];
    Generator { aliases, value: Some(value), ..Generator::default() }
}

fn value(random: &mut Random, argument: Argument<'_>) -> Option<String> {
    Some(match argument.name {
        "owner" => "\"acme\"".to_owned(),
        "name" => "\"rocket\"".to_owned(),
        "query" => (*random.pick(&["\"bug\"", "\"repo:acme/rocket\"", "\"author:@me\""])).to_owned(),
        "login" => "\"mona\"".to_owned(),
        _ => return None,
    })
}

#[test]
fn nothing_private_leaves_a_generated_document() {
    let (mut served, mut answered, mut private) = (0_u64, 0_u64, 0_u64);
    let (count, generator) = (count(3_000), generator());
    for seed in 0..count {
        let mut random = Random(seed);
        let document = generator.document(&mut random);
        let prepared = match ask(&document, &Map::new()) {
            Ok(prepared) => prepared,
            Err(Refused::NotARead { .. }) => panic!("{document}"),
            Err(_) => continue,
        };
        served += 1;
        if prepared.document.is_empty() {
            assert!(prepared.local().is_some(), "{document}");
            continue;
        }
        let (few, many) = [(0, 0), (0, 2), (8, 3)][usize::try_from(seed % 3).unwrap()];
        let world = World::new(seed, few, many);
        let Some(body) = answer(&world, &prepared.document) else { continue };
        let body = body.to_string();
        match prepared.accept(body.as_bytes(), &|_| true) {
            Accepted::Answer(answer) => {
                answered += 1;
                let shown = String::from_utf8(answer.body).unwrap();
                assert!(!shown.contains(SECRET), "{seed} {document}\n{}\n{shown}", prepared.document);
                assert!(!shown.contains("octopool_"), "{seed} {document}\n{shown}");
                assert!(!*world.showed_private.borrow(), "{seed} {document}\n{}\n{body}", prepared.document);
                assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{shown}");
            }
            Accepted::Private { .. } => {
                private += 1;
                assert!(*world.showed_private.borrow(), "{seed} {document}\n{body}");
            }
            Accepted::Invalid => panic!("{seed} {document}\n{}\n{body}", prepared.document),
            // One key for two fields, or an id of something that is not served.
            Accepted::Errors(errors) => {
                let shown = String::from_utf8(errors.body).unwrap();
                assert_eq!(errors.kind, ErrorKind::Other, "{seed} {body}");
                assert!(!shown.contains(SECRET) && !shown.contains("octopool_"), "{seed} {shown}");
            }
            Accepted::Outside { .. } => panic!("{seed} {body}"),
        }
    }
    println!("{count} documents, {served} served, {answered} answered, {private} private");
    assert!(served * 3 > count && answered > 0 && private > 0, "{served} {answered} {private} of {count}");
}

/// Bytes of gh's documents changed at random: no panic, and never anything but a query.
#[test]
fn no_document_panics() {
    let documents = recorded();
    let pieces = [
        "{",
        "}",
        "(",
        ")",
        "...",
        "\"",
        "\"\"\"",
        "$",
        "@skip(if:true)",
        "mutation",
        "fragment f on",
        "0",
        "\u{0}",
        "é",
        "\\",
        ":",
        "[",
        "]",
    ];
    for seed in 0..count(3_000) {
        let mut random = Random(seed);
        let recorded = random.pick(&documents);
        let mut document = recorded.query.clone();
        for _ in 0..=random.below(4) {
            let mut at = random.below(document.len() + 1);
            while !document.is_char_boundary(at) {
                at -= 1;
            }
            if random.one_in(3) {
                document.truncate(at);
            } else {
                let piece = pieces[random.below(pieces.len())];
                document.insert_str(at, piece);
            }
        }
        if let Ok(prepared) = ask(&document, &recorded.variables) {
            assert!(prepared.document.is_empty() || prepared.document.starts_with("query{"), "{document}");
        }
    }
}

/// Answers with members that are missing, other, or too many.
#[test]
fn no_answer_panics_or_shows_what_was_not_selected() {
    let documents = recorded();
    for seed in 0..count(600) {
        let mut random = Random(seed);
        let recorded = random.pick(&documents);
        let Ok(prepared) = ask(&recorded.query, &recorded.variables) else { continue };
        if prepared.document.is_empty() {
            continue;
        }
        let Some(mut body) = answer(&World::new(seed, 0, 0), &prepared.document) else { continue };
        for _ in 0..=random.below(3) {
            change(&mut body, &mut random);
        }
        let (Accepted::Answer(octopool_core::relay::graphql::Answer { body, .. })
        | Accepted::Errors(octopool_core::relay::graphql::Errors { body, .. })) =
            prepared.accept(body.to_string().as_bytes(), &|_| true)
        else {
            continue;
        };
        let shown = String::from_utf8(body).unwrap();
        assert!(!shown.contains("planted"), "{seed} {shown}");
        assert!(serde_json::from_str::<Value>(&shown).is_ok(), "{shown}");
    }
}

fn change(value: &mut Value, random: &mut Random) {
    match value {
        Value::Object(members) if !members.is_empty() && !random.one_in(5) => {
            let keys: Vec<_> = members.keys().cloned().collect();
            if let Some(inner) = members.get_mut(random.pick(&keys)) {
                change(inner, random);
            }
        }
        Value::Object(members) => match random.below(3) {
            0 => {
                let keys: Vec<_> = members.keys().cloned().collect();
                if let Some(key) = keys.first() {
                    members.remove(key);
                }
            }
            _ => {
                members.insert("planted".to_owned(), json!({ "private": true }));
            }
        },
        Value::Array(items) if !items.is_empty() => {
            let at = random.below(items.len());
            change(&mut items[at], random);
        }
        other => {
            *other =
                random.pick(&[json!(null), json!({ "planted": 1 }), json!(["planted"]), json!(7)]).clone();
        }
    }
}
