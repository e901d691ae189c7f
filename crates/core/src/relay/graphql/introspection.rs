//! `__schema` and `__type`: what is served, from the table.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::plan::{Field, Selection, collect, sets};
use super::table::{ArgumentRow, FieldRow, Kind, Name, QUERY, TYPES, TypeId, Wrap, row, type_named};

/// Something of the schema.
#[derive(Clone, Copy)]
enum Meta {
    Schema,
    Type(TypeId, Wrap),
    Field(&'static FieldRow),
    Argument(&'static ArgumentRow),
    Value(Name),
}

/// The value of a field.
enum Value {
    Null,
    Text(&'static str),
    Bool(bool),
    One(Meta),
    Many(Vec<Meta>),
}

/// Writes a root; `None` if it cannot be.
pub(super) fn write(fields: &[&Field], out: &mut String) -> Option<()> {
    let field = fields.first()?;
    let value = if field.name() == "__schema" {
        Value::One(Meta::Schema)
    } else {
        let name = field.arguments.iter().find(|(name, _)| *name == "name");
        let found = name.and_then(|(_, name)| type_named(name.text()?));
        found.map_or(Value::Null, |ty| Value::One(Meta::Type(ty, Wrap::PLAIN)))
    };
    write_value(&value, fields, out)
}

fn write_value(value: &Value, fields: &[&Field], out: &mut String) -> Option<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Text(text) => {
            let _ = write!(out, "{}", Json::from(*text));
        }
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::One(meta) => write_object(*meta, fields.first()?.ty()?, &sets(fields), out)?,
        Value::Many(all) => {
            out.push('[');
            for (index, meta) in all.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                write_object(*meta, fields.first()?.ty()?, &sets(fields), out)?;
            }
            out.push(']');
        }
    }
    Some(())
}

fn write_object(meta: Meta, ty: TypeId, sets: &[&[Selection]], out: &mut String) -> Option<()> {
    out.push('{');
    for (index, (key, fields)) in collect(sets, ty)?.iter().enumerate() {
        let _ = write!(out, "{}\"{key}\":", if index > 0 { "," } else { "" });
        let value = match fields.first()?.name() {
            "__typename" => Value::Text(row(ty).name.text()),
            name => meta.value(name),
        };
        write_value(&value, fields, out)?;
    }
    out.push('}');
    Some(())
}

impl Meta {
    fn value(self, field: &str) -> Value {
        match (self, field) {
            (Self::Schema, "queryType") => Value::One(Self::Type(QUERY, Wrap::PLAIN)),
            (Self::Schema, "types") => {
                let ids = (0..=TypeId::MAX).take(TYPES.len());
                Value::Many(ids.map(|ty| Self::Type(ty, Wrap::PLAIN)).collect())
            }
            (Self::Schema, "directives") => Value::Many(Vec::new()),
            (Self::Type(ty, wrap), field) => of_type(ty, wrap, field),
            (Self::Field(it), "name") => Value::Text(it.name.text()),
            (Self::Field(it), "args") => Value::Many(it.arguments().iter().map(Self::Argument).collect()),
            (Self::Field(it), "type") => Value::One(Self::Type(it.ty, it.wrap)),
            (Self::Argument(it), "name") => Value::Text(it.name.text()),
            (Self::Argument(it), "type") => Value::One(Self::Type(it.ty, it.wrap)),
            (Self::Value(name), "name") => Value::Text(name.text()),
            (Self::Field(_) | Self::Argument(_) | Self::Value(_), "isDeprecated") => Value::Bool(false),
            (Self::Schema | Self::Field(_) | Self::Argument(_) | Self::Value(_), _) => Value::Null,
        }
    }
}

fn of_type(ty: TypeId, wrap: Wrap, field: &str) -> Value {
    if wrap.is_required() || wrap.is_list() {
        let (kind, inner) =
            if wrap.is_required() { ("NON_NULL", wrap.optional()) } else { ("LIST", wrap.item()) };
        return match field {
            "kind" => Value::Text(kind),
            "ofType" => Value::One(Meta::Type(ty, inner)),
            _ => Value::Null,
        };
    }
    let it = row(ty);
    let types =
        |ids: Vec<TypeId>| Value::Many(ids.into_iter().map(|ty| Meta::Type(ty, Wrap::PLAIN)).collect());
    match (field, it.kind) {
        ("name", _) => Value::Text(it.name.text()),
        ("kind", kind) => Value::Text(match kind {
            Kind::Scalar => "SCALAR",
            Kind::Object => "OBJECT",
            Kind::Interface => "INTERFACE",
            Kind::Union => "UNION",
            Kind::Enum => "ENUM",
            Kind::Input => "INPUT_OBJECT",
        }),
        ("fields", Kind::Object | Kind::Interface) => {
            Value::Many(it.fields().iter().map(Meta::Field).collect())
        }
        ("interfaces", Kind::Object) => {
            let ids = (0..=TypeId::MAX).take(TYPES.len());
            types(
                ids.filter(|one| row(*one).kind == Kind::Interface && row(*one).possible().contains(&ty))
                    .collect(),
            )
        }
        ("interfaces", Kind::Interface) => Value::Many(Vec::new()),
        ("possibleTypes", Kind::Interface | Kind::Union) => types(it.possible().to_vec()),
        ("enumValues", Kind::Enum) => Value::Many(it.values().iter().copied().map(Meta::Value).collect()),
        ("inputFields", Kind::Input) => Value::Many(it.inputs().iter().map(Meta::Argument).collect()),
        _ => Value::Null,
    }
}
