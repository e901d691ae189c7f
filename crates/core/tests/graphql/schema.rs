//! What is served is GitHub's.

use apollo_compiler::schema::ExtendedType;
use octopool_graphql_documents::SERVED;

use crate::support::GITHUB;

#[test]
fn what_is_served_is_githubs_schema() {
    let mut wrong = Vec::new();
    for (name, served) in &SERVED.types {
        if served.is_built_in() || name == "Constant" {
            continue;
        }
        let Some(github) = GITHUB.types.get(name) else {
            wrong.push(format!("{name} is not GitHub's"));
            continue;
        };
        compare(name, served, github, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn compare(name: &str, served: &ExtendedType, github: &ExtendedType, wrong: &mut Vec<String>) {
    match (served, github) {
        (ExtendedType::Scalar(_), ExtendedType::Scalar(_)) => {}
        (ExtendedType::Object(served), ExtendedType::Object(github)) => {
            let unknown =
                served.implements_interfaces.iter().find(|it| !github.implements_interfaces.contains(*it));
            wrong.extend(unknown.map(|it| format!("{name} does not implement {}", it.name)));
            fields(name, &served.fields, &github.fields, wrong);
        }
        (ExtendedType::Interface(served), ExtendedType::Interface(github)) => {
            fields(name, &served.fields, &github.fields, wrong);
        }
        (ExtendedType::Union(served), ExtendedType::Union(github)) => {
            let unknown = served.members.iter().find(|it| !github.members.contains(*it));
            wrong.extend(unknown.map(|it| format!("{name} has no member {}", it.name)));
        }
        (ExtendedType::Enum(served), ExtendedType::Enum(github)) => {
            let unknown = served.values.keys().find(|it| !github.values.contains_key(*it));
            wrong.extend(unknown.map(|it| format!("{name} has no value {it}")));
        }
        (ExtendedType::InputObject(served), ExtendedType::InputObject(github)) => {
            for (field, it) in &served.fields {
                let same = github.fields.get(field).is_some_and(|other| other.ty == it.ty);
                wrong.extend((!same).then(|| format!("{name}.{field} is not GitHub's")));
            }
        }
        _ => wrong.push(format!("{name} is of another kind")),
    }
}

type Fields = apollo_compiler::collections::IndexMap<
    apollo_compiler::Name,
    apollo_compiler::schema::Component<apollo_compiler::schema::FieldDefinition>,
>;

fn fields(name: &str, served: &Fields, github: &Fields, wrong: &mut Vec<String>) {
    for (field, it) in served.iter().filter(|(field, _)| !field.starts_with("__")) {
        let Some(other) = github.get(field) else {
            wrong.push(format!("{name}.{field} is not GitHub's"));
            continue;
        };
        if it.ty != other.ty {
            wrong.push(format!("{name}.{field} is {} at GitHub", other.ty));
        }
        for argument in &it.arguments {
            let same = other.arguments.iter().any(|one| one.name == argument.name && one.ty == argument.ty);
            wrong.extend((!same).then(|| format!("{name}.{field}({}:) is not GitHub's", argument.name)));
        }
        for required in other.arguments.iter().filter(|one| one.is_required()) {
            let known = it.arguments.iter().any(|one| one.name == required.name);
            wrong.extend((!known).then(|| format!("{name}.{field} needs {}", required.name)));
        }
    }
}
