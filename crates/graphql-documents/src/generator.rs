//! Documents made at random of what is served.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::schema::ExtendedType;

use crate::{Random, SERVED};

/// How many fields a document has at most, fragments included.
const MOST_FIELDS: usize = 60;
/// How deep it is nested.
const DEEPEST: usize = 6;

/// An argument that needs a value.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    /// The type that has the field: `Query`.
    pub of: &'a str,
    /// The field.
    pub field: &'a str,
    /// The argument's name; empty in an input object.
    pub name: &'a str,
    /// Its type, without lists and `!`.
    pub ty: &'a str,
}

/// Makes documents.
#[derive(Default)]
pub struct Generator {
    /// Fields that are left out, as type and name.
    pub without: BTreeSet<(String, String)>,
    /// The roots to choose among, each as often as it is in here; all if it is empty.
    pub roots: Vec<&'static str>,
    /// Response keys that fields are renamed to now and then.
    pub aliases: Vec<&'static str>,
    /// The value of an argument, as GraphQL writes it; `None` for any that its type has.
    pub value: Option<fn(&mut Random, Argument<'_>) -> Option<String>>,
}

impl Generator {
    /// A query of the name `Q`, with variables that have defaults.
    pub fn document(&self, random: &mut Random) -> String {
        let (out, fragments) = (String::new(), String::new());
        let mut writer = Writer { generator: self, random, out, fragments, left: MOST_FIELDS, names: 0 };
        writer.selections("Query", DEEPEST);
        let text = writer.out + &writer.fragments;
        let used = [("$yes", "$yes:Boolean=true"), ("$no", "$no:Boolean=false")];
        let declared: Vec<_> =
            used.into_iter().filter(|(name, _)| text.contains(name)).map(|it| it.1).collect();
        let declared = if declared.is_empty() { String::new() } else { format!("({})", declared.join(",")) };
        format!("query Q{declared}{text}")
    }
}

struct Writer<'r> {
    generator: &'r Generator,
    random: &'r mut Random,
    out: String,
    fragments: String,
    left: usize,
    /// How many names there are so far.
    names: usize,
}

impl Writer<'_> {
    fn selections(&mut self, ty: &str, depth: usize) {
        self.out.push('{');
        let count = 1 + self.random.below(5);
        let items = fields(ty).into_iter().find(|field| ["node", "nodes"].contains(&field.name.as_str()));
        // What hides something is served together with its items only.
        if let Some(items) = items.filter(|_| is_between(ty) && !self.random.one_in(6)) {
            self.write_field(ty, items, depth);
        }
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
        let name = self.name("f");
        let _ = write!(self.out, "...{name} ");
        self.directive();
        let outer = std::mem::take(&mut self.out);
        self.selections(&on, depth);
        let body = std::mem::replace(&mut self.out, outer);
        let _ = write!(self.fragments, " fragment {name} on {on} {body}");
    }

    /// A new name.
    fn name(&mut self, begin: &str) -> String {
        self.names += 1;
        format!("{begin}{}", self.names)
    }

    fn field(&mut self, ty: &str, depth: usize) {
        let without = &self.generator.without;
        let roots = &self.generator.roots;
        let root = (ty == "Query" && !roots.is_empty()).then(|| *self.random.pick(roots));
        let fields: Vec<_> = fields(ty)
            .into_iter()
            .filter(|field| root.is_none_or(|root| root == field.name.as_str()))
            .filter(|field| !field.name.starts_with("__"))
            .filter(|field| !without.contains(&(ty.to_owned(), field.name.to_string())))
            .filter(|field| depth > 0 && self.left > 0 || !is_composite(field.ty.inner_named_type()))
            .collect();
        if fields.is_empty() {
            return self.out.push_str("__typename");
        }
        let field = *self.random.pick(&fields);
        self.write_field(ty, field, depth);
    }

    fn write_field(&mut self, ty: &str, field: &FieldDefinition, depth: usize) {
        if !self.generator.aliases.is_empty() && self.random.one_in(6) {
            let alias = *self.random.pick(&self.generator.aliases);
            let _ = write!(self.out, "{alias}:");
        } else if !field.arguments.is_empty() && !self.random.one_in(4) {
            // With other arguments a second one of the same name would be in conflict.
            let alias = self.name("k");
            let _ = write!(self.out, "{alias}:");
        }
        self.out.push_str(&field.name);
        self.arguments(ty, field);
        if self.random.one_in(8) {
            self.directive();
        }
        let ty = field.ty.inner_named_type();
        if is_composite(ty) {
            self.selections(ty, depth.saturating_sub(1));
        }
    }

    fn arguments(&mut self, of: &str, field: &FieldDefinition) {
        let mut written = Vec::new();
        for argument in &field.arguments {
            let name = argument.name.as_str();
            let wanted = argument.ty.is_non_null() || name == "first" || self.random.one_in(8);
            if wanted && !matches!(name, "last" | "before" | "after") {
                let value = self.value((of, field.name.as_str(), name), &argument.ty);
                written.push(format!("{name}:{value}"));
            }
        }
        if !written.is_empty() {
            let _ = write!(self.out, "({})", written.join(","));
        }
    }

    fn value(&mut self, (of, field, name): (&str, &str, &str), ty: &Type) -> String {
        if ty.is_list() {
            return format!("[{}]", self.value((of, field, name), ty.item_type()));
        }
        let inner = ty.inner_named_type().as_str();
        let wanted = Argument { of, field, name, ty: inner };
        if let Some(value) = self.generator.value.and_then(|value| value(self.random, wanted)) {
            return value;
        }
        match inner {
            "Int" => "3".to_owned(),
            "Boolean" => "true".to_owned(),
            "Float" => "1.5".to_owned(),
            _ => match SERVED.types.get(inner) {
                Some(ExtendedType::Enum(all)) => {
                    let values: Vec<_> = all.values.keys().collect();
                    self.random.pick(&values).to_string()
                }
                Some(ExtendedType::InputObject(all)) => {
                    let fields: Vec<_> =
                        all.fields.iter().map(|(name, it)| (name.to_string(), (*it.ty).clone())).collect();
                    let written: Vec<_> = fields
                        .iter()
                        .map(|(name, ty)| format!("{name}:{}", self.value((of, field, ""), ty)))
                        .collect();
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

/// Whether it is a connection or an edge.
fn is_between(ty: &str) -> bool {
    ty.ends_with("Connection") || ty.ends_with("Edge")
}

fn is_composite(ty: &str) -> bool {
    matches!(
        SERVED.types.get(ty),
        Some(ExtendedType::Object(_) | ExtendedType::Interface(_) | ExtendedType::Union(_))
    )
}
