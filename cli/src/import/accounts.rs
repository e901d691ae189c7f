//! Which account a caller of the dump is. A caller is bound to the immutable number of its account;
//! the number of a row that has none is GitHub's to say, and never guessed from its login or from
//! another row.

use std::collections::BTreeMap;

use octopool_core::{AccountId, AccountLogin, PoolId};

use super::Tables;
use super::findings::{Why, parsed};
use super::row::{Cell, Row};

/// A login whose account the server is asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Question {
    pub(crate) login: String,
    /// A pool that it may use.
    pub(crate) pool: String,
}

/// What the server said of the account of a login.
#[derive(Clone, Debug)]
pub(crate) enum Account {
    /// The account's number; it is a member of the org.
    Member(i64),
    /// Why there is none.
    Unknown(String),
}

/// The logins of all callers of the org whose row has no account number, each once.
pub(crate) fn questions(tables: &Tables, org: &str) -> Vec<Question> {
    let mut questions = BTreeMap::new();
    for row in &tables.callers {
        let is_open = matches!(row.cell("github_user_id"), Cell::Null) && is_of(row, org);
        let Some(login) =
            row.text("github_login").filter(|login| is_open && AccountLogin::parse(login).is_ok())
        else {
            continue;
        };
        let pool = pool_of(row, tables);
        questions
            .entry(login.to_ascii_lowercase())
            .or_insert_with(|| Question { login: login.to_owned(), pool });
    }
    questions.into_values().collect()
}

/// The first pool that a caller has a grant for, or the one that most deployments have.
pub(super) fn pool_of(row: &Row, tables: &Tables) -> String {
    let id = row.key("id");
    let mut grants = tables.caller_pools.iter().filter(|grant| id.is_some() && grant.key("caller_id") == id);
    let pool = grants.find_map(|grant| PoolId::parse(grant.text("pool_id")?).ok());
    pool.map_or_else(|| "maintainers".to_owned(), |pool| pool.to_string())
}

pub(super) fn is_of(row: &Row, org: &str) -> bool {
    row.text("org_login").is_some_and(|login| login.eq_ignore_ascii_case(org))
}

/// The account of a row of the org.
pub(super) fn account(
    row: &Row,
    tables: &Tables,
    accounts: &BTreeMap<String, Account>,
) -> Result<AccountId, Why> {
    let login = parsed(row, "github_login", AccountLogin::stored)?;
    if !matches!(row.cell("github_user_id"), Cell::Null) {
        let number = row.integer("github_user_id").and_then(AccountId::new);
        return number.ok_or_else(|| {
            format!("its github_user_id {} is not the id of an account", row.shown("github_user_id")).into()
        });
    }
    let fix = || format!("octopool admin caller --pool {} --github-login {login}", pool_of(row, tables));
    let unknown = |why: &str| {
        Why::with_fix(
            format!("its row has no github_user_id, and the server could not find it: {why}"),
            fix(),
        )
    };
    match accounts.get(&login.as_str().to_ascii_lowercase()) {
        Some(Account::Member(number)) => {
            AccountId::new(*number).ok_or_else(|| unknown("its answer is not the id of an account"))
        }
        Some(Account::Unknown(why)) => Err(unknown(why)),
        None => Err(unknown("it was not asked")),
    }
}
