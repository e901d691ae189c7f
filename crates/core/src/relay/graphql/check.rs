//! Checks a document against the table, and plans it.

use serde_json::{Map, Value as Json};

use super::arguments::{Literal, Variables};
use super::plan::{Field, OURS, Plan, Selection, Source, selects};
use super::syntax::{self, Document, What};
use super::table::{ArgumentRow, FieldRow, Kind, Proof, QUERY, Rule, TypeId, row, type_named};
use super::{Caller, GraphqlRequest, Refused, Repository, Target};
use crate::AccountLogin;
use crate::relay::path::RelayQuery;
use crate::relay::search::{self, Unbound};

/// A longer document is not read. gh's longest has 4 KiB.
const LONGEST: usize = 64 * 1024;
/// How many selections there may be when fragments are expanded; gh's largest document has 200.
const MOST_SELECTIONS: usize = 3_000;
/// GitHub's limit
/// (<https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api>).
const MOST_NODES: u64 = 500_000;
/// The most that GitHub gives at once of a connection.
const LARGEST_PAGE: u64 = 100;
/// How deep fragments may lead to fragments.
const DEEPEST: usize = 60;

/// What a document asks about.
#[derive(Default)]
pub(super) struct About {
    pub(super) repositories: Vec<Repository>,
    pub(super) accounts: Vec<String>,
    pub(super) nodes: Vec<String>,
    /// Whether there is a search over all that is public.
    pub(super) public_search: bool,
    pub(super) searches: bool,
    pub(super) decision: bool,
    /// How many nodes there may be.
    pub(super) count: u64,
}

/// Checks a request.
pub(super) fn check(request: &GraphqlRequest<'_>, caller: &Caller<'_>) -> Result<(Plan, About), Refused> {
    let text = request.query;
    if text.len() > LONGEST {
        return Err(Refused::TooLarge { message: format!("The document is longer than {LONGEST} bytes.") });
    }
    let document = syntax::read(text).map_err(|error| {
        if error.too_large {
            Refused::TooLarge { message: format!("The document is too large: {}", error.message) }
        } else {
            malformed(error.message, Some(position(text, error.at)))
        }
    })?;
    let operation = chosen(&document, request.operation_name)?;
    for kind in ["mutation", "subscription"] {
        if operation.kind == kind {
            return Err(Refused::NotARead { operation: kind });
        }
    }
    let variables =
        Variables { declared: &operation.variables, given: request.variables, login: caller.login.as_str() };
    check_variables(text, operation, request.variables)?;
    let mut checker = Checker {
        text,
        document: &document,
        variables,
        caller,
        path: Vec::new(),
        left: MOST_SELECTIONS,
        about: About::default(),
        bound: Vec::new(),
        kinds: Vec::new(),
    };
    let mut set = Vec::new();
    checker.set(&operation.set, QUERY, 1, DEEPEST, &mut set)?;
    if checker.about.count > MOST_NODES {
        let message = format!(
            "This query requests up to {} possible nodes which exceeds the maximum limit of {MOST_NODES}.",
            checker.about.count
        );
        return Err(malformed(message, None));
    }
    let plan = Plan { set, bound: checker.bound, kinds: checker.kinds };
    Ok((plan, checker.about))
}

fn malformed(message: impl Into<String>, location: Option<(u32, u32)>) -> Refused {
    Refused::Malformed { message: message.into(), location }
}

/// The line and the column, from 1.
fn position(text: &str, at: usize) -> (u32, u32) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    let number = |count| u32::try_from(count).unwrap_or(u32::MAX);
    (number(line), number(column))
}

fn chosen<'d, 'a>(
    document: &'d Document<'a>,
    name: Option<&str>,
) -> Result<&'d syntax::Operation<'a>, Refused> {
    let operations = &document.operations;
    match (name, operations.as_slice()) {
        (Some(name), _) => operations
            .iter()
            .find(|one| one.name == Some(name))
            .ok_or_else(|| malformed(format!("No operation named {name:?}"), None)),
        (None, [one]) => Ok(one),
        (None, []) => Err(malformed("A query attribute must be specified and must be a string.", None)),
        (None, _) => Err(malformed("An operation name is required", None)),
    }
}

/// Whether every variable that must have a value has one.
fn check_variables(
    text: &str,
    operation: &syntax::Operation<'_>,
    given: &Map<String, Json>,
) -> Result<(), Refused> {
    for variable in &operation.variables {
        let (shown, name) = (&variable.ty.shown, variable.name);
        let at = Some(position(text, variable.at));
        let known = type_named(variable.ty.name).map(|ty| row(ty).kind);
        if !matches!(known, Some(Kind::Scalar | Kind::Enum | Kind::Input)) {
            return Err(Refused::NotServed {
                path: Vec::new(),
                what: variable.ty.name.to_owned(),
                reason: format!(
                    "The variable ${name} is of the type {}, which is not served.",
                    variable.ty.name
                ),
                location: at,
            });
        }
        let missing = match given.get(name) {
            Some(value) => value.is_null(),
            None => variable.default.is_none(),
        };
        if variable.ty.required && missing {
            return Err(malformed(
                format!("Variable ${name} of type {shown} was provided invalid value"),
                at,
            ));
        }
    }
    Ok(())
}

struct Checker<'a> {
    text: &'a str,
    document: &'a Document<'a>,
    variables: Variables<'a>,
    caller: &'a Caller<'a>,
    /// The response keys that lead to where the check is.
    path: Vec<String>,
    /// How many selections may still be.
    left: usize,
    about: About,
    bound: Vec<Repository>,
    kinds: Vec<TypeId>,
}

impl<'a> Checker<'a> {
    fn malformed(&self, message: impl Into<String>, at: usize) -> Refused {
        malformed(message, Some(position(self.text, at)))
    }

    fn not_served(&self, what: impl Into<String>, reason: impl Into<String>, at: usize) -> Refused {
        Refused::NotServed {
            path: self.path.clone(),
            what: what.into(),
            reason: reason.into(),
            location: Some(position(self.text, at)),
        }
    }

    /// Checks selections of a type. `times` is how many objects there may be of it.
    fn set(
        &mut self,
        set: &'a [syntax::Selection<'a>],
        ty: TypeId,
        times: u64,
        depth: usize,
        out: &mut Vec<Selection>,
    ) -> Result<(), Refused> {
        for selection in set {
            self.left = self.left.checked_sub(1).ok_or_else(|| Refused::TooLarge {
                message: format!("The document selects more than {MOST_SELECTIONS} fields."),
            })?;
            if !self.is_included(selection)? {
                continue;
            }
            match &selection.what {
                What::Field { .. } => {
                    let field = self.field(selection, ty, times, depth)?;
                    out.push(Selection::Field(field));
                }
                What::Spread(name) => {
                    let fragment = self.document.fragments.iter().find(|one| one.name == *name);
                    let fragment = fragment.ok_or_else(|| {
                        self.malformed(format!("Fragment {name} was used, but not defined"), selection.at)
                    })?;
                    self.on(Some(fragment.on), &fragment.set, ty, times, depth, selection.at, out)?;
                }
                What::Inline { on, set } => self.on(*on, set, ty, times, depth, selection.at, out)?,
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "what a selection is checked with, and the type condition")]
    fn on(
        &mut self,
        on: Option<&str>,
        set: &'a [syntax::Selection<'a>],
        ty: TypeId,
        times: u64,
        depth: usize,
        at: usize,
        out: &mut Vec<Selection>,
    ) -> Result<(), Refused> {
        let depth = depth
            .checked_sub(1)
            .ok_or_else(|| self.malformed("Fragments lead to each other, or too deep.", at))?;
        let on = match on {
            None => ty,
            Some(name) => {
                let found = type_named(name).filter(|on| row(*on).is_composite());
                found.ok_or_else(|| self.not_served(name, format!("The type {name} is not served."), at))?
            }
        };
        if on == ty {
            return self.set(set, ty, times, depth, out);
        }
        let possible = row(ty).possible();
        if !row(on).possible().iter().any(|one| possible.contains(one)) {
            let (on, ty) = (row(on).name.text(), row(ty).name.text());
            return Err(self.not_served(on, format!("{on} is not served where {ty} is."), at));
        }
        let mut inner = Vec::new();
        self.set(set, on, times, depth, &mut inner)?;
        out.push(Selection::On(on, inner));
        Ok(())
    }

    /// Decides `@include` and `@skip`.
    fn is_included(&self, selection: &syntax::Selection<'_>) -> Result<bool, Refused> {
        let mut included = true;
        for (name, arguments) in &selection.directives {
            let [("if", value)] = arguments.as_slice() else {
                return Err(self.malformed(format!("Directive @{name} is not defined so"), selection.at));
            };
            let holds =
                self.variables.condition(value).map_err(|unfit| self.malformed(unfit, selection.at))?;
            included &= match *name {
                "include" => holds,
                "skip" => !holds,
                _ => return Err(self.malformed(format!("Directive @{name} is not defined"), selection.at)),
            };
        }
        Ok(included)
    }

    fn field(
        &mut self,
        selection: &'a syntax::Selection<'a>,
        ty: TypeId,
        times: u64,
        depth: usize,
    ) -> Result<Field, Refused> {
        let What::Field { alias, name, arguments, set } = &selection.what else {
            return Err(self.malformed("Parse error", selection.at));
        };
        let at = selection.at;
        let key = alias.unwrap_or(name);
        let depth = depth.checked_sub(1).ok_or_else(|| self.malformed("Nested too deep.", at))?;
        self.path.push(key.to_owned());
        if key.starts_with(OURS) {
            return Err(self.not_served(key, format!("Names that begin with `{OURS}` are octopool's."), at));
        }
        let mut field = Field {
            key: key.to_owned(),
            row: None,
            arguments: Vec::new(),
            source: Source::Github,
            set: Vec::new(),
            at: position(self.text, at),
        };
        if *name != "__typename" {
            let it = self.find(name, ty, at)?;
            field.row = Some(it);
            field.arguments = self.arguments(it, arguments, name, at)?;
            field.source = source(ty, it);
            self.about.decision |= it.decision;
            let times = self.page(&field, it, times, at)?;
            if row(it.ty).is_composite() == set.is_empty() {
                let hint = if set.is_empty() { "must have selections" } else { "must not have selections" };
                return Err(self.malformed(format!("Field '{name}' {hint}"), at));
            }
            if !set.is_empty() {
                self.set(set, it.ty, times, depth, &mut field.set)?;
                self.connection(&field, it, at)?;
                if field.source.is_asked() && row(it.ty).fresh.is_some() && !self.kinds.contains(&it.ty) {
                    self.kinds.push(it.ty);
                }
            }
            if ty == QUERY {
                self.root(&mut field, it, at)?;
            }
        } else if !arguments.is_empty() || !set.is_empty() {
            return Err(self.malformed("Field '__typename' takes nothing", at));
        }
        self.path.pop();
        Ok(field)
    }

    fn find(&self, name: &str, ty: TypeId, at: usize) -> Result<&'static FieldRow, Refused> {
        let it = row(ty);
        it.field(name).ok_or_else(|| {
            let what = format!("{}.{name}", it.name.text());
            self.not_served(&what, format!("The pool does not serve the field {what}."), at)
        })
    }

    fn arguments(
        &self,
        it: &'static FieldRow,
        given: &syntax::Arguments<'_>,
        name: &str,
        at: usize,
    ) -> Result<Vec<(&'static str, Literal)>, Refused> {
        let known = |name: &str| it.arguments().iter().any(|one| one.name.text() == name);
        if let Some((unknown, _)) = given.iter().find(|(name, _)| !known(name)) {
            let what = format!("{name}({unknown}:)");
            return Err(self.not_served(&what, format!("The pool does not serve the argument {what}."), at));
        }
        let mut arguments = Vec::new();
        for argument in it.arguments() {
            let literal = self.argument(argument, given, at)?;
            if literal.is_none() && argument.wrap.is_required() && !argument.default {
                let message =
                    format!("Field '{name}' is missing required arguments: {}", argument.name.text());
                return Err(self.malformed(message, at));
            }
            let literal = match it.rule {
                Rule::Forced(forced, value) if forced == argument.name.text() => {
                    Some(self.forced(literal, value, argument, at)?)
                }
                _ => literal,
            };
            if let Some(literal) = literal {
                arguments.push((argument.name.text(), literal));
            }
        }
        Ok(arguments)
    }

    fn argument(
        &self,
        argument: &ArgumentRow,
        given: &syntax::Arguments<'_>,
        at: usize,
    ) -> Result<Option<Literal>, Refused> {
        let mut same = given.iter().filter(|(name, _)| *name == argument.name.text());
        let Some((name, value)) = same.next() else { return Ok(None) };
        if same.next().is_some() {
            return Err(self.malformed(format!("There can be only one argument named {name:?}"), at));
        }
        self.variables
            .literal(value, argument)
            .map_err(|unfit| self.malformed(format!("Argument '{name}' has an invalid value: {unfit}."), at))
    }

    /// The value that an argument must have, or the part of it that was asked for.
    fn forced(
        &self,
        asked: Option<Literal>,
        value: &str,
        argument: &ArgumentRow,
        at: usize,
    ) -> Result<Literal, Refused> {
        let allowed: Vec<&str> = value.trim_matches(['[', ']']).split(", ").collect();
        let is_allowed =
            |one: &Literal| matches!(one, Literal::Word(word) if allowed.contains(&word.as_str()));
        let all = || {
            let words = allowed.iter().map(|word| Literal::Word((*word).to_owned()));
            if argument.wrap.is_list() {
                Literal::List(words.collect())
            } else {
                Literal::Word(value.to_owned())
            }
        };
        match asked {
            None => Ok(all()),
            Some(asked) if asked.is_null() => Ok(all()),
            Some(Literal::List(items)) if items.iter().all(is_allowed) => {
                Ok(if items.is_empty() { all() } else { Literal::List(items) })
            }
            Some(asked) if is_allowed(&asked) => Ok(asked),
            Some(_) => {
                let name = argument.name.text();
                let reason =
                    format!("The pool serves {name}: {value} only; anything else may not be public.");
                Err(self.not_served(name, reason, at))
            }
        }
    }

    /// How many objects a connection may have, which `first` or `last` must say.
    fn page(&mut self, field: &Field, it: &FieldRow, times: u64, at: usize) -> Result<u64, Refused> {
        if !row(it.ty).name.text().ends_with("Connection") {
            return Ok(times);
        }
        let mut size = 0;
        for (name, literal) in &field.arguments {
            if !matches!(*name, "first" | "last") || literal.is_null() {
                continue;
            }
            let Literal::Word(digits) = literal else { continue };
            size = digits.parse::<u64>().ok().filter(|size| *size <= LARGEST_PAGE).ok_or_else(|| {
                let connection = it.name.text();
                let message = format!(
                    "Requesting {digits} records on the `{connection}` connection exceeds the `{name}` limit of {LARGEST_PAGE} records."
                );
                self.malformed(message, at)
            })?;
        }
        let size = size.saturating_mul(times);
        self.about.count = self.about.count.saturating_add(size);
        Ok(size.max(1))
    }

    /// What a connection or an edge must be asked, so that nothing hidden is counted.
    fn connection(&self, field: &Field, it: &FieldRow, at: usize) -> Result<(), Refused> {
        let between = row(it.ty);
        if !between.is_between() || !field.source.is_asked() {
            return Ok(());
        }
        let name = it.name.text();
        let items = ["nodes", "edges"];
        let has_size =
            field.arguments.iter().any(|(name, value)| matches!(*name, "first" | "last") && !value.is_null());
        let is_paged = it.arguments().iter().any(|one| one.name.text() == "first");
        if is_paged && !has_size && selects(&field.set, &items) {
            let message = format!(
                "You must provide a `first` or `last` value to properly paginate the `{name}` connection."
            );
            return Err(self.malformed(message, at));
        }
        let element = between.field("nodes").or_else(|| between.field("node")).map(|one| row(one.ty));
        let hides = element.is_some_and(|element| {
            let hides = |ty: &super::table::TypeRow| ty.shown.is_some() || ty.proof != Proof::None;
            hides(element) || element.possible().iter().any(|one| hides(row(*one)))
        });
        let exempt = match it.rule {
            Rule::Forced(..) | Rule::Inside => true,
            Rule::Plain | Rule::Null | Rule::Empty | Rule::Personal(_) => false,
        };
        let needs = if between.name.text().ends_with("Edge") { &["node"][..] } else { &items[..] };
        let tells = selects(&field.set, &["totalCount", "cursor"]);
        if hides && !exempt && tells && !selects(&field.set, needs) {
            let what = format!("{name} without {}", needs.join(" or "));
            let reason = format!(
                "`{name}` can hold what is not public, so the pool serves it only together with `{}`.",
                needs.join("` or `")
            );
            return Err(self.not_served(what, reason, at));
        }
        Ok(())
    }

    /// What a root asks about.
    fn root(&mut self, field: &mut Field, it: &FieldRow, at: usize) -> Result<(), Refused> {
        let text = |name: &str| {
            let found = field.arguments.iter().find(|(one, _)| *one == name);
            found.and_then(|(_, value)| value.text()).unwrap_or_default().to_owned()
        };
        match it.name.text() {
            "repository" => {
                let (owner, name) = (text("owner"), text("name"));
                let repository = Repository::parse(&format!("{owner}/{name}"));
                let repository = repository.ok_or_else(|| {
                    self.malformed(
                        format!("Could not resolve to a Repository with the name '{owner}/{name}'."),
                        at,
                    )
                })?;
                self.about_repository(repository);
            }
            "node" => self.about.nodes.push(text("id")),
            "nodes" => {
                if let Some((_, Literal::List(ids))) = field.arguments.iter().find(|(name, _)| *name == "ids")
                {
                    self.about.count = self.about.count.saturating_add(ids.len() as u64);
                    let ids: Vec<_> = ids.iter().filter_map(Literal::text).map(str::to_owned).collect();
                    if ids.len() > 100 {
                        return Err(self.malformed("You may not provide more than 100 node ids.", at));
                    }
                    self.about.nodes.extend(ids);
                }
            }
            "organization" | "repositoryOwner" | "user" => {
                let login = text("login");
                let login = AccountLogin::from_github(&login).ok_or_else(|| {
                    self.not_served("login", format!("{login:?} is not the login of an account."), at)
                })?;
                self.about_account(login.as_str());
            }
            "search" => self.search(field, &text("query"), at)?,
            "viewer" => self.viewer(field, at)?,
            _ => {}
        }
        Ok(())
    }

    fn about_repository(&mut self, repository: Repository) {
        if !self.about.repositories.iter().any(|one| one.key() == repository.key()) {
            self.about.repositories.push(repository);
        }
    }

    fn about_account(&mut self, login: &str) {
        if !self.about.accounts.iter().any(|one| one.eq_ignore_ascii_case(login)) {
            self.about.accounts.push(login.to_owned());
        }
    }

    /// Binds a search to what is public, by the rules of REST.
    fn search(&mut self, field: &mut Field, query: &str, at: usize) -> Result<(), Refused> {
        let login = self.caller.login.as_str();
        let text = search::of_caller(query, login).unwrap_or_else(|| query.to_owned());
        let narrowed = RelayQuery::parse([("q".to_owned(), text)])
            .ok()
            .and_then(|query| search::narrowed(&query, Unbound::Public));
        let Some((query, repository)) = narrowed else {
            let reason = "The pool does not serve this search: it may find what is not public.";
            return Err(self.not_served("search", reason, at));
        };
        self.about.searches = true;
        match repository {
            None => self.about.public_search = true,
            Some(repository) => {
                if !self.bound.iter().any(|one| one.key() == repository.key()) {
                    self.bound.push(repository.clone());
                }
                self.about_repository(repository);
            }
        }
        for (name, value) in &mut field.arguments {
            if *name == "query" {
                *value = Literal::Text(query.get("q").unwrap_or_default().to_owned());
            }
        }
        Ok(())
    }

    /// The caller: answered from what is known, or the public profile.
    fn viewer(&mut self, field: &mut Field, at: usize) -> Result<(), Refused> {
        let login = self.caller.login.as_str();
        if !only_leaves(&field.set) {
            let reason = "What belongs to the caller may not be public, so only the public profile of `viewer` is served.";
            return Err(self.not_served("viewer", reason, at));
        }
        if has_only(&field.set, &["login", "databaseId", "__typename"]) {
            field.source = Source::Viewer;
            return Ok(());
        }
        field.source = Source::GithubAs("user");
        field.arguments.push(("login", Literal::Text(login.to_owned())));
        self.about_account(login);
        Ok(())
    }
}

fn only_leaves(set: &[Selection]) -> bool {
    set.iter().all(|selection| match selection {
        Selection::Field(field) => field.set.is_empty(),
        Selection::On(_, set) => only_leaves(set),
    })
}

fn has_only(set: &[Selection], names: &[&str]) -> bool {
    set.iter().all(|selection| match selection {
        Selection::Field(field) => names.contains(&field.name()),
        Selection::On(_, set) => has_only(set, names),
    })
}

/// Who answers a field of a type.
fn source(ty: TypeId, it: &FieldRow) -> Source {
    match it.rule {
        Rule::Null => Source::Null,
        Rule::Empty => Source::Empty,
        Rule::Personal(actor) => Source::Personal(actor),
        Rule::Plain | Rule::Inside | Rule::Forced(..) if ty == QUERY => match it.name.text() {
            "repository" | "node" | "nodes" => Source::Asked,
            "__schema" | "__type" => Source::Schema,
            "rateLimit" => Source::Rate,
            _ => Source::Github,
        },
        Rule::Plain | Rule::Inside | Rule::Forced(..) => Source::Github,
    }
}

impl About {
    /// What the credential must cover.
    pub(super) fn target(&self) -> Target {
        let kinds = (self.repositories.as_slice(), self.accounts.as_slice(), self.nodes.as_slice());
        match (kinds, self.public_search) {
            (([], [], []), false) => Target::Nothing,
            (([one], [], []), false) => Target::Repository(one.clone()),
            (([], [], []), true) => Target::PublicSearch,
            (([], accounts, []), false) => Target::Accounts(accounts.to_vec()),
            (([], [], nodes), false) => Target::Nodes(nodes.to_vec()),
            ((repositories, accounts, nodes), search) => Target::Mixed {
                repositories: repositories.to_vec(),
                accounts: accounts.to_vec(),
                nodes: nodes.to_vec(),
                search,
            },
        }
    }
}
