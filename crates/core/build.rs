//! Compiles `src/relay/graphql/served.graphql` into the table that `src/relay/graphql/table.rs`
//! reads. The SDL itself is not in the program.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use apollo_parser::Parser;
use apollo_parser::cst::{self, CstNode as _, Definition};

type Failure = Box<dyn Error>;

const FOLDER: &str = "src/relay/graphql";
const FILES: [&str; 2] = ["served.graphql", "introspection.graphql"];
/// Scalars that every schema has.
const SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

fn main() -> Result<(), Failure> {
    let mut text = String::new();
    for file in FILES {
        let path = Path::new(FOLDER).join(file);
        println!("cargo::rerun-if-changed={}", path.display());
        text.push_str(&fs::read_to_string(&path)?);
    }
    let tree = Parser::new(&text).parse();
    if let Some(error) = tree.errors().next() {
        return Err(format!("{FOLDER}: {error:?}").into());
    }
    let schema = Schema::read(&tree.document())?;
    let out = env::var("OUT_DIR")?;
    fs::write(Path::new(&out).join("served.rs"), Table::new(&schema)?.rust()?)?;
    Ok(())
}

/// A type of the SDL.
#[derive(Default)]
struct Type {
    kind: &'static str,
    fields: Vec<Field>,
    /// Fields of an input object.
    inputs: Vec<Argument>,
    /// Values of an enum.
    values: Vec<String>,
    /// Object types: the type itself, those that implement it, or the members of a union.
    possible: BTreeSet<String>,
    interfaces: Vec<String>,
    directives: Directives,
}

struct Field {
    name: String,
    arguments: Vec<Argument>,
    ty: Wrapped,
    directives: Directives,
}

struct Argument {
    name: String,
    ty: Wrapped,
    default: Option<String>,
}

/// A type with its list and its `!`s, as the bits of `table::Wrap`.
struct Wrapped {
    name: String,
    bits: u8,
}

/// Directives by name, with their arguments as they are written.
type Directives = BTreeMap<String, BTreeMap<String, Vec<String>>>;

struct Schema(BTreeMap<String, Type>);

impl Schema {
    fn read(document: &cst::Document) -> Result<Self, Failure> {
        let mut types: BTreeMap<String, Type> = SCALARS
            .iter()
            .map(|name| ((*name).to_owned(), Type { kind: "Scalar", ..Type::default() }))
            .collect();
        for definition in document.definitions() {
            let Some(name) = definition.name().map(|name| name.text().to_string()) else { continue };
            if let Some(one) = read_type(&name, &definition)?
                && types.insert(name.clone(), one).is_some()
            {
                return Err(format!("{name} is defined twice").into());
            }
        }
        let objects: Vec<_> = types
            .iter()
            .filter(|(_, one)| one.kind == "Object")
            .flat_map(|(name, one)| {
                one.interfaces.iter().map(move |interface| (interface.clone(), name.clone()))
            })
            .collect();
        for (interface, name) in objects {
            types.get_mut(&interface).ok_or("an unknown interface")?.possible.insert(name);
        }
        types.remove("Constant");
        Ok(Self(types))
    }
}

fn read_type(name: &str, definition: &Definition) -> Result<Option<Type>, Failure> {
    let mut one = Type::default();
    match definition {
        Definition::ScalarTypeDefinition(_) => one.kind = "Scalar",
        Definition::ObjectTypeDefinition(it) => {
            one.kind = "Object";
            one.fields = read_fields(it.fields_definition())?;
            one.possible.insert(name.to_owned());
            one.directives = read_directives(it.directives())?;
            let interfaces = it.implements_interfaces();
            one.interfaces = interfaces
                .map_or_else(Vec::new, |all| all.named_types().filter_map(|one| text(one.name())).collect());
        }
        Definition::InterfaceTypeDefinition(it) => {
            one.kind = "Interface";
            one.fields = read_fields(it.fields_definition())?;
        }
        Definition::UnionTypeDefinition(it) => {
            one.kind = "Union";
            let members = it.union_member_types().ok_or("a union without members")?;
            one.possible = members.named_types().filter_map(|one| text(one.name())).collect();
        }
        Definition::EnumTypeDefinition(it) => {
            one.kind = "Enum";
            let values = it.enum_values_definition().ok_or("an enum without values")?;
            let values = values.enum_value_definitions().filter_map(|one| text(one.enum_value()?.name()));
            one.values = values.collect();
        }
        Definition::InputObjectTypeDefinition(it) => {
            one.kind = "Input";
            let fields = it.input_fields_definition().ok_or("an input without fields")?;
            one.inputs =
                fields.input_value_definitions().map(|one| read_argument(&one)).collect::<Result<_, _>>()?;
        }
        _ => return Ok(None),
    }
    Ok(Some(one))
}

fn text(name: Option<cst::Name>) -> Option<String> {
    name.map(|name| name.text().to_string())
}

fn read_fields(fields: Option<cst::FieldsDefinition>) -> Result<Vec<Field>, Failure> {
    let fields = fields.ok_or("a type without fields")?;
    let mut all: Vec<_> = fields
        .field_definitions()
        .map(|field| {
            let arguments = field.arguments_definition().into_iter();
            let arguments = arguments.flat_map(|all| all.input_value_definitions());
            Ok(Field {
                name: text(field.name()).ok_or("a field without a name")?,
                arguments: arguments.map(|one| read_argument(&one)).collect::<Result<_, Failure>>()?,
                ty: wrapped(field.ty())?,
                directives: read_directives(field.directives())?,
            })
        })
        .collect::<Result<_, Failure>>()?;
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

fn read_argument(argument: &cst::InputValueDefinition) -> Result<Argument, Failure> {
    Ok(Argument {
        name: text(argument.name()).ok_or("an argument without a name")?,
        ty: wrapped(argument.ty())?,
        default: argument
            .default_value()
            .and_then(|it| it.value())
            .map(|it| it.source_string().trim().to_owned()),
    })
}

fn wrapped(ty: Option<cst::Type>) -> Result<Wrapped, Failure> {
    let shown = ty.ok_or("something without a type")?.source_string();
    let (mut rest, mut bits) = (shown.trim(), 0);
    if let Some(inner) = rest.strip_suffix('!') {
        (rest, bits) = (inner, bits | 1);
    }
    if let Some(inner) = rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        (rest, bits) = (inner.trim(), bits | 2);
        if let Some(inner) = rest.strip_suffix('!') {
            (rest, bits) = (inner, bits | 4);
        }
    }
    if rest.contains(['[', ']', '!']) {
        return Err(format!("the table has no lists of lists: {shown}").into());
    }
    Ok(Wrapped { name: rest.to_owned(), bits })
}

fn read_directives(directives: Option<cst::Directives>) -> Result<Directives, Failure> {
    let mut all = Directives::new();
    for directive in directives.into_iter().flat_map(|all| all.directives()) {
        let mut arguments = BTreeMap::new();
        for argument in directive.arguments().into_iter().flat_map(|all| all.arguments()) {
            let name = text(argument.name()).ok_or("an argument without a name")?;
            arguments.insert(name, words(&argument.value().ok_or("an argument without a value")?));
        }
        all.insert(text(directive.name()).ok_or("a directive without a name")?, arguments);
    }
    Ok(all)
}

/// The items of a list, or the value itself; strings without quotes.
fn words(value: &cst::Value) -> Vec<String> {
    match value {
        cst::Value::ListValue(list) => list.values().flat_map(|one| words(&one)).collect(),
        cst::Value::StringValue(text) => vec![String::from(text)],
        other => vec![other.source_string().trim().to_owned()],
    }
}

/// The rows of the table, as Rust.
struct Table<'a> {
    schema: &'a Schema,
    /// All names, one after the other; [`Table::name`] finds them.
    names: String,
    types: String,
    fields: Vec<String>,
    arguments: Vec<String>,
    values: Vec<String>,
    possible: Vec<String>,
}

impl<'a> Table<'a> {
    fn new(schema: &'a Schema) -> Result<Self, Failure> {
        let mut table = Self {
            schema,
            names: String::new(),
            types: String::new(),
            fields: Vec::new(),
            arguments: Vec::new(),
            values: Vec::new(),
            possible: Vec::new(),
        };
        for (name, one) in &schema.0 {
            table.add(name, one).map_err(|error| format!("{name}: {error}"))?;
        }
        Ok(table)
    }

    /// Where a name is in `names`.
    fn name(&mut self, name: &str) -> String {
        let at = self.names.find(name).unwrap_or_else(|| {
            self.names.push_str(name);
            self.names.len() - name.len()
        });
        format!("Name({at},{})", name.len())
    }

    /// The number of a type: they are in the order of their names.
    fn number(&self, name: &str) -> Result<usize, Failure> {
        let found = self.schema.0.keys().position(|one| one == name);
        found.ok_or_else(|| format!("the type {name} is not defined").into())
    }

    fn add(&mut self, name: &str, one: &Type) -> Result<(), Failure> {
        let items = match one.kind {
            "Object" | "Interface" => self.add_fields(one)?,
            "Input" => self.add_arguments(&one.inputs)?,
            "Enum" => {
                let start = self.values.len();
                let values: Vec<_> = one.values.iter().map(|value| self.name(value)).collect();
                self.values.extend(values);
                format!("{start},{}", self.values.len())
            }
            _ => "0,0".to_owned(),
        };
        let start = self.possible.len();
        for member in &one.possible {
            let number = self.number(member)?;
            self.possible.push(number.to_string());
        }
        let possible = format!("{start},{}", self.possible.len());
        let at = self.name(name);
        let (proof, shown, fresh) = (proof(one)?, shown(one)?, fresh(one)?);
        writeln!(
            self.types,
            "TypeRow{{name:{at},kind:Kind::{},items:({items}),possible:({possible}),proof:{proof},shown:{shown},fresh:{fresh}}},",
            one.kind
        )?;
        Ok(())
    }

    fn add_fields(&mut self, one: &Type) -> Result<String, Failure> {
        let start = self.fields.len();
        for field in &one.fields {
            let arguments = self.add_arguments(&field.arguments)?;
            let ty = self.number(&field.ty.name)?;
            let at = self.name(&field.name);
            let row = format!(
                "FieldRow{{name:{at},ty:{ty},wrap:Wrap({}),arguments:({arguments}),rule:{},decision:{}}}",
                field.ty.bits,
                rule(field)?,
                field.directives.contains_key("decision")
            );
            self.fields.push(row);
        }
        Ok(format!("{start},{}", self.fields.len()))
    }

    fn add_arguments(&mut self, arguments: &[Argument]) -> Result<String, Failure> {
        let mut rows = Vec::new();
        for argument in arguments {
            let ty = self.number(&argument.ty.name)?;
            let at = self.name(&argument.name);
            let default = argument.default.is_some();
            rows.push(format!(
                "ArgumentRow{{name:{at},ty:{ty},wrap:Wrap({}),default:{default}}}",
                argument.ty.bits
            ));
        }
        // Many fields have the same arguments, which are in the table once.
        let start = match self.arguments.windows(rows.len().max(1)).position(|old| old == rows) {
            Some(start) => start,
            None => {
                self.arguments.extend(rows.iter().cloned());
                self.arguments.len() - rows.len()
            }
        };
        Ok(format!("{start},{}", start + rows.len()))
    }

    fn rust(&self) -> Result<String, Failure> {
        let mut out = String::new();
        let count = self.schema.0.len();
        u8::try_from(count)?;
        writeln!(out, "pub(super) static NAMES: &str = {:?};", self.names)?;
        writeln!(out, "pub(super) static TYPES: [TypeRow; {count}] = [{}];", self.types)?;
        for (name, row, rows) in [
            ("FIELDS", "FieldRow", &self.fields),
            ("ARGUMENTS", "ArgumentRow", &self.arguments),
            ("VALUES", "Name", &self.values),
            ("POSSIBLE", "u8", &self.possible),
        ] {
            writeln!(out, "pub(super) static {name}: [{row}; {}] = [{}];", rows.len(), rows.join(",\n"))?;
        }
        writeln!(out, "pub(super) const QUERY: u8 = {};", self.number("Query")?)?;
        Ok(out)
    }
}

/// The only word of a directive's argument.
fn word<'a>(directive: &'a BTreeMap<String, Vec<String>>, name: &str) -> Result<&'a str, Failure> {
    let words = directive.get(name).and_then(|words| words.first());
    words.map(String::as_str).ok_or_else(|| format!("{name} is missing").into())
}

fn proof(one: &Type) -> Result<String, Failure> {
    Ok(match (one.directives.contains_key("repository"), one.directives.get("within")) {
        (true, _) => "Proof::Repository".to_owned(),
        (false, Some(within)) => format!("Proof::Within({:?})", word(within, "field")?),
        (false, None) => "Proof::None".to_owned(),
    })
}

fn shown(one: &Type) -> Result<String, Failure> {
    let Some(shown) = one.directives.get("shown") else { return Ok("None".to_owned()) };
    let values = shown.get("values").ok_or("@shown without values")?;
    Ok(format!("Some(&Shown{{field:{:?},values:&{values:?}}})", word(shown, "field")?))
}

fn fresh(one: &Type) -> Result<String, Failure> {
    let Some(fresh) = one.directives.get("fresh") else { return Ok("None".to_owned()) };
    let seconds: u16 = word(fresh, "seconds")?.parse()?;
    let settled: u32 = word(fresh, "settled").unwrap_or("0").parse()?;
    Ok(format!("Some(Fresh{{seconds:{seconds},settled:{settled}}})"))
}

fn rule(field: &Field) -> Result<String, Failure> {
    let directives = &field.directives;
    if directives.contains_key("inside") {
        return Ok("Rule::Inside".to_owned());
    }
    if let Some(constant) = directives.get("constant") {
        return Ok(format!("Rule::{}", if word(constant, "value")? == "NULL" { "Null" } else { "Empty" }));
    }
    if let Some(personal) = directives.get("personal") {
        return Ok(format!("Rule::Personal({:?})", word(personal, "field")?));
    }
    if let Some(forced) = directives.get("forced") {
        let name = word(forced, "argument")?;
        let known = field.arguments.iter().any(|argument| argument.name == name);
        return if known {
            Ok(format!("Rule::Forced({name:?},{:?})", word(forced, "value")?))
        } else {
            Err("@forced".into())
        };
    }
    Ok("Rule::Plain".to_owned())
}
