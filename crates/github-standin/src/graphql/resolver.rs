//! Fields to values.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::QueryError;
use super::parser::{Argument, Field};
use crate::call::caller::Caller;
use crate::model::State;
use crate::model::accounts::Account;

/// "Values of `first` and `last` must be within 1-100": node limits of the GraphQL API.
const MAX_FIRST: usize = 100;

/// How many to show and after which id, or the type and message of a field error.
type Page = Result<(usize, u64), (&'static str, String)>;

/// Answers one query. Errors that concern one field go to `errors`, and the field is null.
pub(super) struct Resolver<'a> {
    state: &'a State,
    caller: &'a Caller,
    variables: Map<String, Value>,
    errors: Vec<Value>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(state: &'a State, caller: &'a Caller, variables: Map<String, Value>) -> Self {
        Self { state, caller, variables, errors: Vec::new() }
    }

    /// The fields of `Query`.
    pub(super) fn query(mut self, fields: &[Field]) -> Result<(Value, Vec<Value>), QueryError> {
        let mut data = Map::new();
        for field in fields {
            let value = match field.name.as_str() {
                "__typename" => json!("Query"),
                "viewer" => self.viewer(field)?,
                "user" => self.user_by_login(field)?,
                "repository" => self.repository(field)?,
                "repositoryOwner" => self.repository_owner(field)?,
                _ => return Err(undefined(field, "Query")),
            };
            data.insert(field.key.clone(), value);
        }
        Ok((Value::Object(data), self.errors))
    }

    fn viewer(&mut self, field: &Field) -> Result<Value, QueryError> {
        match self.caller.account().and_then(|id| self.state.accounts.get(id)) {
            Some(account) => self.user(account, field),
            None => Ok(self.failed(field, "FORBIDDEN", "Resource not accessible by integration")),
        }
    }

    fn user_by_login(&mut self, field: &Field) -> Result<Value, QueryError> {
        let login = self.argument(field, "login")?;
        let Some(login) = login.as_str() else {
            return Err(QueryError::new("Field 'user' is missing required arguments: login"));
        };
        if let Some(account) = self.state.accounts.find_user(login) {
            return self.user(account, field);
        }
        let message = format!("Could not resolve to a User with the login of '{login}'.");
        Ok(self.failed(field, "NOT_FOUND", &message))
    }

    /// `repository(owner:, name:)`, under a former name, too: `followRenames` is true where it is not given.
    fn repository(&mut self, field: &Field) -> Result<Value, QueryError> {
        let (owner, name) = (self.argument(field, "owner")?, self.argument(field, "name")?);
        let (Some(owner), Some(name)) = (owner.as_str(), name.as_str()) else {
            return Err(QueryError::new("Field 'repository' is missing required arguments: owner, name"));
        };
        let (state, caller) = (self.state, self.caller);
        let found = state.repositories.find(&state.accounts, owner, name);
        let found = found.or_else(|| state.repositories.find_former(owner, name));
        let Some(found) = found.filter(|repository| caller.sees(repository, state)) else {
            let message = format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
            return Ok(self.failed(field, "NOT_FOUND", &message));
        };
        let login = state.accounts.get(found.owner).map(|owner| owner.login.as_str()).unwrap_or_default();
        self.object(field, "Repository", |_, child| {
            Ok(match child.name.as_str() {
                "name" => Some(json!(found.name)),
                "nameWithOwner" => Some(json!(format!("{login}/{}", found.name))),
                "isPrivate" => Some(json!(found.private)),
                _ => None,
            })
        })
    }

    /// `repositoryOwner(login:)`: null, and no error, for a login that nobody has.
    fn repository_owner(&mut self, field: &Field) -> Result<Value, QueryError> {
        let login = self.argument(field, "login")?;
        let Some(login) = login.as_str() else {
            return Err(QueryError::new("Field 'repositoryOwner' is missing required arguments: login"));
        };
        match self.state.accounts.find(login) {
            None => Ok(Value::Null),
            Some(account) => self.object(field, account.kind.as_str(), |_, child| {
                Ok(match child.name.as_str() {
                    "login" => Some(json!(account.login)),
                    "id" => Some(json!(account.node_id())),
                    _ => None,
                })
            }),
        }
    }

    fn user(&mut self, account: &Account, field: &Field) -> Result<Value, QueryError> {
        self.object(field, "User", |resolver, child| match child.name.as_str() {
            "login" => Ok(Some(json!(account.login))),
            "databaseId" => Ok(Some(json!(account.id))),
            "id" => Ok(Some(json!(account.node_id()))),
            "name" => Ok(Some(json!(account.name))),
            "organizations" => resolver.organizations(account, child).map(Some),
            _ => Ok(None),
        })
    }

    /// `organizations(first:, after:)`: the active memberships the caller may know of, by organization id.
    fn organizations(&mut self, account: &Account, field: &Field) -> Result<Value, QueryError> {
        let (first, after) = match self.page(field)? {
            Ok(page) => page,
            Err((kind, message)) => return Ok(self.failed(field, kind, &message)),
        };
        if !self.caller.reads_organizations() {
            return Ok(self.failed(field, "INSUFFICIENT_SCOPES", &self.insufficient_scopes()));
        }
        let known: Vec<&Account> = self.known_organizations(account);
        let rest: Vec<&Account> = known.iter().copied().filter(|org| org.id > after).collect();
        let page = &rest[..rest.len().min(first)];
        self.connection(field, page, known.len(), rest.len() > page.len())
    }

    /// Reads `first` and `after`.
    fn page(&self, field: &Field) -> Result<Page, QueryError> {
        let (first, after) = (self.argument(field, "first")?, self.argument(field, "after")?);
        let Some(first) = first.as_i64() else {
            let message = "You must provide a `first` or `last` value to properly paginate the \
                 `organizations` connection.";
            return Ok(Err(("MISSING_PAGINATION_BOUNDARIES", message.to_owned())));
        };
        let Some(first) = usize::try_from(first).ok().filter(|first| (1..=MAX_FIRST).contains(first)) else {
            let message = format!(
                "Requesting {first} records on the `organizations` connection exceeds the `first` limit of \
                 {MAX_FIRST} records."
            );
            return Ok(Err(("EXCESSIVE_PAGINATION", message)));
        };
        let Some(cursor) = after.as_str() else { return Ok(Ok((first, 0))) };
        Ok(decode(cursor).map(|after| (first, after)).ok_or_else(|| {
            ("INVALID_CURSOR_ARGUMENTS", format!("`{cursor}` does not appear to be a valid cursor."))
        }))
    }

    fn connection(
        &mut self,
        field: &Field,
        page: &[&Account],
        total: usize,
        more: bool,
    ) -> Result<Value, QueryError> {
        self.object(field, "OrganizationConnection", |resolver, child| match child.name.as_str() {
            "totalCount" => Ok(Some(json!(total))),
            "nodes" => {
                let nodes = page.iter().map(|org| resolver.organization(org, child));
                nodes.collect::<Result<Value, _>>().map(Some)
            }
            "pageInfo" => resolver.page_info(child, page, more).map(Some),
            _ => Ok(None),
        })
    }

    fn organization(&mut self, org: &Account, field: &Field) -> Result<Value, QueryError> {
        self.object(field, "Organization", |_, child| {
            Ok(match child.name.as_str() {
                "login" => Some(json!(org.login)),
                "databaseId" => Some(json!(org.id)),
                "id" => Some(json!(org.node_id())),
                _ => None,
            })
        })
    }

    fn page_info(&mut self, field: &Field, page: &[&Account], more: bool) -> Result<Value, QueryError> {
        self.object(field, "PageInfo", |_, child| {
            Ok(match child.name.as_str() {
                "hasNextPage" => Some(json!(more)),
                "endCursor" => Some(json!(page.last().map(|org| encode(org.id)))),
                _ => None,
            })
        })
    }

    /// All of the caller's own; of somebody else, those they show and those they share with the caller.
    fn known_organizations(&self, account: &Account) -> Vec<&'a Account> {
        let (state, caller) = (self.state, self.caller.account());
        let known = state.memberships.organizations_of(account.id).filter(|(org, membership)| {
            membership.public
                || caller.is_some_and(|caller| {
                    caller == account.id || state.memberships.find_active(*org, caller).is_some()
                })
        });
        known.filter_map(|(org, _)| state.accounts.get(org)).collect()
    }

    /// Resolves the fields of an object; `None` from `resolve` is a field that does not exist.
    fn object(
        &mut self,
        field: &Field,
        kind: &str,
        mut resolve: impl FnMut(&mut Self, &Field) -> Result<Option<Value>, QueryError>,
    ) -> Result<Value, QueryError> {
        if field.fields.is_empty() {
            let message = format!(
                "Field must have selections (field '{}' returns {kind} but has no selections. Did you mean \
                 '{0} {{ ... }}'?)",
                field.name
            );
            return Err(QueryError::new(message));
        }
        let mut object = Map::new();
        for child in &field.fields {
            let value = match child.name.as_str() {
                "__typename" => Some(json!(kind)),
                _ => resolve(self, child)?,
            };
            object.insert(child.key.clone(), value.ok_or_else(|| undefined(child, kind))?);
        }
        Ok(Value::Object(object))
    }

    /// The value of an argument; null when it is not given.
    fn argument(&self, field: &Field, name: &str) -> Result<Value, QueryError> {
        match field.arguments.iter().find(|(known, _)| known == name) {
            None => Ok(Value::Null),
            Some((_, Argument::Value(value))) => Ok(value.clone()),
            Some((_, Argument::Variable(variable))) => {
                self.variables.get(variable).cloned().ok_or_else(|| {
                    QueryError::new(format!(
                        "Variable ${variable} is used by anonymous query but not declared"
                    ))
                })
            }
        }
    }

    fn failed(&mut self, field: &Field, kind: &str, message: &str) -> Value {
        self.errors.push(json!({ "type": kind, "path": [field.key], "message": message }));
        Value::Null
    }

    fn insufficient_scopes(&self) -> String {
        let scopes: Vec<String> =
            self.caller.scopes().into_iter().flatten().map(|scope| format!("'{scope}'")).collect();
        format!(
            "Your token has not been granted the required scopes to execute this query. The 'organizations' \
             field requires one of the following scopes: ['read:org'], but your token has only been granted \
             the: [{}] scopes. Please modify your token's scopes at: https://github.com/settings/tokens.",
            scopes.join(", ")
        )
    }
}

fn undefined(field: &Field, kind: &str) -> QueryError {
    QueryError(json!({
        "message": format!("Field '{}' doesn't exist on type '{kind}'", field.name),
        "extensions": { "code": "undefinedField", "typeName": kind, "fieldName": field.name },
    }))
}

fn encode(id: u64) -> String {
    STANDARD.encode(format!("cursor:v2:{id}"))
}

fn decode(cursor: &str) -> Option<u64> {
    String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?.strip_prefix("cursor:v2:")?.parse().ok()
}
