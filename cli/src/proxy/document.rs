//! What a GraphQL request does, as far as its words tell. The server reads the document in full;
//! here only nothing that changes something may be taken for a read.

use std::collections::HashSet;
use std::iter::Peekable;
use std::str::Chars;

use serde::Deserialize;

/// What a request does.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Document {
    /// It has something that is not a query.
    Changes,
    Reads {
        /// The name of the first operation.
        operation: Option<String>,
        /// It searches, or lists what belongs to an account, and not only one repository or what is
        /// public: who asks may see more than everybody.
        lists_everywhere: bool,
        /// It asks for a state, a merge or the head of a branch.
        decides: bool,
        /// It asks who asks, or searches for what is theirs.
        names_you: bool,
    },
}

/// Lists of an account's own, which the server narrows to what is public.
const LISTS: [&str; 2] = ["gists", "repositories"];

/// What people and programs act on.
const DECISIONS: [&str; 13] = [
    "checkSuites",
    "conclusion",
    "headRefOid",
    "isDraft",
    "mergeStateStatus",
    "mergeable",
    "merged",
    "oid",
    "reviewDecision",
    "state",
    "stateReason",
    "status",
    "statusCheckRollup",
];

#[derive(Deserialize)]
struct Body {
    query: String,
}

/// Reads the body of a request; nothing if it is not one of GraphQL.
pub(super) fn read(body: &[u8]) -> Option<Document> {
    let Body { query } = serde_json::from_slice(body).ok()?;
    let words = Words::of(&query);
    // An operation may be called `mutation`, too: then it is sent directly, which does no harm.
    if words.top.iter().any(|word| ["mutation", "subscription"].contains(&word.as_str())) {
        return Some(Document::Changes);
    }
    let text = String::from_utf8_lossy(body);
    let is_bound = text.contains("repo:") || text.contains("is:public");
    let operation = words.top.iter().position(|word| word == "query");
    let operation = operation.and_then(|at| words.top.get(at + 1)).cloned();
    let lists_everywhere = words.has(&LISTS) || words.has(&["search"]) && !is_bound;
    let names_you = words.has(&["viewer"]) || text.contains("@me");
    Some(Document::Reads { operation, lists_everywhere, decides: words.has(&DECISIONS), names_you })
}

/// The words of a document.
#[derive(Default)]
struct Words {
    /// Those outside all brackets, which begin operations and fragments.
    top: Vec<String>,
    /// Those within.
    within: HashSet<String>,
}

impl Words {
    fn of(document: &str) -> Self {
        let mut words = Self::default();
        let mut depth = 0_usize;
        let mut rest = document.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '#' => drop(rest.by_ref().find(|next| matches!(next, '\n' | '\r'))),
                '"' => skip_string(&mut rest),
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth = depth.saturating_sub(1),
                first if is_of_name(first) => words.push(first, &mut rest, depth),
                _ => {}
            }
        }
        words
    }

    fn push(&mut self, first: char, rest: &mut Peekable<Chars<'_>>, depth: usize) {
        let mut word = String::from(first);
        while let Some(next) = rest.next_if(|next| is_of_name(*next)) {
            word.push(next);
        }
        if depth == 0 {
            self.top.push(word);
        } else {
            self.within.insert(word);
        }
    }

    fn has(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.within.contains(*word))
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Skips a string, whose first quote has been read.
fn skip_string(rest: &mut Peekable<Chars<'_>>) {
    let quotes = rest.clone().take_while(|next| *next == '"').take(2).count();
    if quotes == 1 {
        rest.next();
        return;
    }
    let is_block = quotes == 2;
    let mut in_a_row = 0;
    if is_block {
        rest.next();
        rest.next();
    }
    while let Some(character) = rest.next() {
        match character {
            '\\' if is_block => {
                // Only `\"""` is an escape there.
                if rest.clone().take(3).eq("\"\"\"".chars()) {
                    rest.by_ref().take(3).for_each(drop);
                }
                in_a_row = 0;
            }
            '\\' => drop(rest.next()),
            // A string does not go on over the end of its line; what follows is a document again.
            '"' | '\n' | '\r' if !is_block => return,
            '"' => {
                in_a_row += 1;
                if in_a_row == 3 {
                    return;
                }
            }
            _ => in_a_row = 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{Document, read};

    fn document(text: &str) -> Option<Document> {
        read(json!({ "query": text }).to_string().as_bytes())
    }

    #[test]
    fn only_queries_are_reads() {
        for (text, name) in [
            ("{viewer{login}}", None),
            ("query A { mutation }", Some("A")),
            ("query A($a: String = \"}\") { a } # mutation\nfragment mutations on B { c }", Some("A")),
            ("query A { a(b: \"\"\"\"mutation\\\"\"\" }\"\"\") }", Some("A")),
            ("fragment F on B { a }\nquery A { b }", Some("A")),
        ] {
            let operation = name.map(str::to_owned);
            let names_you = text.contains("viewer");
            let expected = Document::Reads { operation, lists_everywhere: false, decides: false, names_you };
            assert_eq!(document(text), Some(expected), "{text}");
        }
        for text in [
            "mutation { a }",
            "query A { a } mutation B { b }",
            "subscription { a }",
            "{ a(b: \"\") } mutation { c }",
            "{ a(b: \"\\\"\") } mutation { c }",
            "{ a } # query\nmutation { c }",
            "{ a(b: \"\"\"x\\\"\"\"y\"\"\") } mutation { c }",
            "}}} mutation { a }",
        ] {
            assert_eq!(document(text), Some(Document::Changes), "{text}");
        }
        assert_eq!(read(b"[]"), None);
        assert_eq!(read(br#"{"query":7}"#), None);
    }

    #[test]
    fn what_shows_more_to_its_own_account_is_noticed() {
        let searches = |text: &str| match document(text) {
            Some(Document::Reads { lists_everywhere, .. }) => lists_everywhere,
            _ => panic!("{text}"),
        };
        assert!(searches("query($q: String!) { search(type: ISSUE, query: $q) { issueCount } }"));
        assert!(!searches("{ search(type: ISSUE, query: \"repo:a/b x\") { issueCount } }"));
        assert!(!searches("query search { a }"));
        assert!(searches("{ repositoryOwner(login: \"acme\") { repositories(first: 3) { totalCount } } }"));
        assert!(!searches("{ user(login: \"mona\") { name } }"));
    }

    proptest! {
        /// Whatever is before and within: a mutation at the end of a document is found.
        #[test]
        fn a_mutation_is_never_a_read(text in "[a-z\"\\\\ {}()#\n]{0,40}") {
            let strings = json!(text).to_string();
            let whole = format!("query A {{ a(b: {strings}) }} mutation {{ b }}");
            prop_assert_eq!(document(&whole), Some(Document::Changes));
            drop(document(&text));
        }
    }
}
