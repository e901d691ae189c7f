//! The status of callers and identities.

use serde::{Deserialize, Serialize};

use crate::text::Violation;

/// Whether a caller or an identity is in use.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// In use.
    Active,
    /// Disabled by an admin.
    Disabled,
}

impl Status {
    /// Parses `active` or `disabled`.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        match text {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            _ => Err("must be `active` or `disabled`".into()),
        }
    }

    /// `active` or `disabled`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Status;

    #[test]
    fn a_status_is_read_as_it_is_written() {
        for status in [Status::Active, Status::Disabled] {
            assert_eq!(Status::parse(status.as_str()), Ok(status));
            assert_eq!(json!(status), json!(status.as_str()));
        }
        for bad in ["", "Active", "revoked", " active"] {
            assert!(Status::parse(bad).is_err(), "{bad:?}");
        }
    }
}
