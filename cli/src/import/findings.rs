//! What is not carried over as it is. Ids and texts are shown only after they were cleaned: the
//! dump may hold credentials and control characters anywhere.

use serde::Serialize;

use super::row::{Cell, Row};

/// What a finding is about.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Noun {
    Pool,
    Identity,
    Caller,
    Grant,
    Client,
}

impl Noun {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Identity => "identity",
            Self::Caller => "caller",
            Self::Grant => "grant",
            Self::Client => "client",
        }
    }
}

/// Something that is carried over with a change.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Adjusted {
    pub(crate) kind: Noun,
    pub(crate) id: String,
    /// What is wrong with it in the dump.
    pub(crate) problem: String,
    /// What becomes of it.
    pub(crate) result: String,
}

/// Something of which nothing is written.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct LeftOut {
    pub(crate) kind: Noun,
    pub(crate) id: String,
    /// Why.
    pub(crate) reason: String,
    /// The command that helps, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fix: Option<String>,
}

/// All findings, in the order of the dump.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Findings {
    pub(crate) adjusted: Vec<Adjusted>,
    #[serde(rename = "not_carried_over")]
    pub(crate) left_out: Vec<LeftOut>,
}

impl Findings {
    pub(super) fn adjust(
        &mut self,
        kind: Noun,
        id: &str,
        problem: impl Into<String>,
        result: impl Into<String>,
    ) {
        let (id, problem, result) = (id.to_owned(), problem.into(), result.into());
        self.adjusted.push(Adjusted { kind, id, problem, result });
    }

    pub(super) fn leave_out(&mut self, kind: Noun, id: &str, why: impl Into<Why>) {
        let Why { reason, fix } = why.into();
        self.left_out.push(LeftOut { kind, id: id.to_owned(), reason, fix });
    }
}

/// Why something is not carried over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Why {
    pub(crate) reason: String,
    pub(crate) fix: Option<String>,
}

impl Why {
    /// A reason with the command that helps.
    pub(super) fn with_fix(reason: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { reason: reason.into(), fix: Some(fix.into()) }
    }
}

impl<T: Into<String>> From<T> for Why {
    fn from(reason: T) -> Self {
        Self { reason: reason.into(), fix: None }
    }
}

/// A required text of a row by a rule. What is wrong with it, as a sentence: `its login a/b must
/// be …`. A credential is only called one.
pub(super) fn parsed<T>(
    row: &Row,
    column: &str,
    parse: impl FnOnce(&str) -> Result<T, octopool_core::Violation>,
) -> Result<T, String> {
    match row.cell(column) {
        Cell::Text(text) => {
            parse(text).map_err(|violation| format!("its {column} `{}` {violation}", row.shown(column)))
        }
        Cell::Credential => Err(format!(
            "its {column} is a credential where a name belongs; revoke the credential, because the old \
             database and the dump contain it"
        )),
        Cell::Null | Cell::Integer(_) | Cell::Real(_) | Cell::Bytes => {
            Err(format!("its {column} {} is not text", row.shown(column)))
        }
    }
}

/// How a caller is called in findings.
pub(super) fn name_of(row: &Row) -> String {
    match row.cell("github_login") {
        Cell::Null => row.shown("id"),
        _ => row.shown("github_login"),
    }
}
