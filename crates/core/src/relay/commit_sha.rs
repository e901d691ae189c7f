//! The name of a commit.

/// A whole object name of Git, SHA-1 or SHA-256 in lower case. An abbreviated one can come to mean
/// another commit.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CommitSha(String);

impl CommitSha {
    /// Reads 40 or 64 hexadecimal digits in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let whole = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        whole.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::CommitSha;

    #[test]
    fn whole_names_in_either_case() {
        for length in [40, 64] {
            let parsed = CommitSha::parse(&"AbCdEf01".repeat(length / 8)).unwrap();
            assert_eq!(parsed.as_str(), "abcdef01".repeat(length / 8));
        }
        for bad in ["", "abc", &"a".repeat(39), &"a".repeat(41), &"g".repeat(40), &"é".repeat(20)] {
            assert_eq!(CommitSha::parse(bad), None, "{bad}");
        }
    }
}
