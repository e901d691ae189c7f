//! Documents made at random of what is served, over worlds with private parts. With
//! `GRAPHQL_DOCUMENTS=1000000` it is the fuzz that ran by hand.

use std::fmt::Write as _;

use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::ExtendedType;
use octopool_core::relay::graphql::{Accepted, ErrorKind, Refused};
use serde_json::{Map, Value, json};

use crate::support::{Random, SECRET, SERVED, World, answer, ask, documents};

/// How many documents are made.
fn count(otherwise: u64) -> u64 {
    std::env::var("GRAPHQL_DOCUMENTS").ok().and_then(|it| it.parse().ok()).unwrap_or(otherwise)
}

struct Writer<'r> {
    random: &'r mut Random,
    out: String,
    fragments: String,
    left: usize,
}

impl Writer<'_> {
    fn selections(&mut self, ty: &str, depth: usize) {
        self.out.push('{');
        let count = 1 + self.random.below(5);
        for _ in 0..count {
            self.left = self.left.saturating_sub(1);
            self.out.push(' ');
            match self.random.below(12) {
                0 => self.out.push_str("__typename"),
                1 | 2 => self.inline(ty, depth),
                3 => self.spread(ty, depth),
                _ => self.field(ty, depth),
            }
        }
        self.out.push('}');
    }

    /// The type itself, or one that it can be.
    fn condition(&mut self, ty: &str) -> String {
        let possible = possible(ty);
        if self.random.one_in(3) || possible.is_empty() {
            ty.to_owned()
        } else {
            self.random.pick(&possible).clone()
        }
    }

    fn directive(&mut self) {
        let all = ["", "", "", "@include(if:true)", "@skip(if:$no)", "@include(if:$yes)", "@skip(if:true)"];
        let one = *self.random.pick(&all);
        self.out.push_str(one);
    }

    fn inline(&mut self, ty: &str, depth: usize) {
        let on = self.condition(ty);
        let _ = write!(self.out, "...on {on} ");
        self.directive();
        self.selections(&on, depth);
    }

    fn spread(&mut self, ty: &str, depth: usize) {
        let on = self.condition(ty);
        let name = format!("f{}", self.fragments.len());
        let _ = write!(self.out, "...{name} ");
        self.directive();
        let outer = std::mem::take(&mut self.out);
        self.selections(&on, depth);
        let body = std::mem::replace(&mut self.out, outer);
        let _ = write!(self.fragments, " fragment {name} on {on} {body}");
        // The name must be new even if nothing was written.
        self.fragments.push(' ');
    }

    fn field(&mut self, ty: &str, depth: usize) {
        let fields: Vec<_> = fields(ty)
            .into_iter()
            .filter(|field| !field.name.starts_with("__"))
            .filter(|field| depth > 0 && self.left > 0 || !is_composite(field.ty.inner_named_type()))
            .collect();
        if fields.is_empty() {
            return self.out.push_str("__typename");
        }
        let field = (*self.random.pick(&fields)).clone();
        if self.random.one_in(6) {
            let alias = *self.random.pick(&["a", "b", "totalCount", "isPrivate", "nodes", "id"]);
            let _ = write!(self.out, "{alias}:");
        }
        self.out.push_str(&field.name);
        self.arguments(&field);
        if self.random.one_in(8) {
            self.directive();
        }
        let ty = field.ty.inner_named_type();
        if is_composite(ty) {
            self.selections(ty, depth.saturating_sub(1));
        }
    }

    fn arguments(&mut self, field: &FieldDefinition) {
        let mut written = Vec::new();
        for argument in &field.arguments {
            let name = argument.name.as_str();
            let wanted = argument.ty.is_non_null() || name == "first" || self.random.one_in(8);
            if wanted && !matches!(name, "last" | "before" | "after") {
                let value = self.value(name, &argument.ty);
                written.push(format!("{name}:{value}"));
            }
        }
        if !written.is_empty() {
            let _ = write!(self.out, "({})", written.join(","));
        }
    }

    fn value(&mut self, name: &str, ty: &Type) -> String {
        if ty.is_list() {
            return format!("[{}]", self.value(name, ty.item_type()));
        }
        let inner = ty.inner_named_type().as_str();
        match (name, inner) {
            ("owner", _) => "\"acme\"".to_owned(),
            ("name", _) => "\"rocket\"".to_owned(),
            ("query", _) => {
                (*self.random.pick(&["\"bug\"", "\"repo:acme/rocket\"", "\"author:@me\""])).to_owned()
            }
            ("login", _) => "\"@me\"".replace("@me", "mona"),
            (_, "Int") => "3".to_owned(),
            (_, "Boolean") => "true".to_owned(),
            (_, "Float") => "1.5".to_owned(),
            _ => match SERVED.types.get(inner) {
                Some(ExtendedType::Enum(all)) => {
                    let values: Vec<_> = all.values.keys().collect();
                    self.random.pick(&values).to_string()
                }
                Some(ExtendedType::InputObject(all)) => {
                    let fields: Vec<_> =
                        all.fields.iter().map(|(name, it)| (name.to_string(), (*it.ty).clone())).collect();
                    let written: Vec<_> =
                        fields.iter().map(|(name, ty)| format!("{name}:{}", self.value("", ty))).collect();
                    format!("{{{}}}", written.join(","))
                }
                _ => "\"x\"".to_owned(),
            },
        }
    }
}

fn fields(ty: &str) -> Vec<&'static FieldDefinition> {
    match SERVED.types.get(ty) {
        Some(ExtendedType::Object(it)) => it.fields.values().map(|field| &***field).collect(),
        Some(ExtendedType::Interface(it)) => it.fields.values().map(|field| &***field).collect(),
        _ => Vec::new(),
    }
}

fn possible(ty: &str) -> Vec<String> {
    match SERVED.types.get(ty) {
        Some(ExtendedType::Union(it)) => it.members.iter().map(|member| member.name.to_string()).collect(),
        Some(ExtendedType::Interface(_)) => {
            let objects = SERVED.types.iter().filter_map(|(name, it)| match it {
                ExtendedType::Object(it) if it.implements_interfaces.contains(ty) => Some(name.to_string()),
                _ => None,
            });
            objects.collect()
        }
        _ => Vec::new(),
    }
}

fn is_composite(ty: &str) -> bool {
    matches!(
        SERVED.types.get(ty),
        Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
    )
}

fn document(random: &mut Random) -> String {
    let mut writer = Writer { random, out: String::new(), fragments: String::new(), left: 60 };
    writer.selections("Query", 6);
    format!("query($yes:Boolean=true,$no:Boolean=false){}{}", writer.out, writer.fragments)
}

#[test]
fn nothing_private_leaves_a_generated_document() {
    let (mut served, mut answered, mut private) = (0_u64, 0_u64, 0_u64);
    let count = count(3_000);
    for seed in 0..count {
        let mut random = Random(seed);
        let document = document(&mut random);
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
    let documents = documents();
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
        let (_, document, variables) = random.pick(&documents).clone();
        let mut document = document;
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
        if let Ok(prepared) = ask(&document, &variables) {
            assert!(prepared.document.is_empty() || prepared.document.starts_with("query{"), "{document}");
        }
    }
}

/// Answers with members that are missing, other, or too many.
#[test]
fn no_answer_panics_or_shows_what_was_not_selected() {
    let documents = documents();
    for seed in 0..count(600) {
        let mut random = Random(seed);
        let (_, document, variables) = random.pick(&documents);
        let Ok(prepared) = ask(document, variables) else { continue };
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
