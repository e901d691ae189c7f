//! What a search is about. GitHub answers and counts everything that the identity can see, so a search that is not bound to what is
//! public could show what is private.
//!
//! GitHub's documentation does not say how each of its engines reads every text. Where two readings are possible a search must be
//! harmless in both, or it is refused and the caller's own credentials serve it.

use super::path::RelayQuery;
use super::route::Repository;
use crate::{AccountLogin, RepoName};

/// What becomes of a search that names no repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unbound {
    /// It is refused.
    Refused,
    /// It is served with `is:public` added.
    Public,
}

/// Qualifiers that narrow by what is public about a result
/// (<https://docs.github.com/en/search-github/searching-on-github>). One that is on neither list is refused: it might show
/// something that only the identity sees.
const PLAIN: &[&str] = &[
    "app",
    "archived",
    "assignee",
    "author",
    "author-date",
    "author-email",
    "author-name",
    "base",
    "closed",
    "comments",
    "commenter",
    "committer",
    "committer-date",
    "committer-email",
    "committer-name",
    "created",
    "draft",
    "extension",
    "filename",
    "followers",
    "fork",
    "forks",
    "good-first-issues",
    "hash",
    "head",
    "help-wanted-issues",
    "in",
    "interactions",
    "involves",
    "label",
    "language",
    "license",
    "linked",
    "mentions",
    "merge",
    "merged",
    "milestone",
    "mirror",
    "no",
    "parent",
    "path",
    "pushed",
    "reactions",
    "reason",
    "review",
    "review-requested",
    "reviewed-by",
    "sha",
    "size",
    "sort",
    "stars",
    "state",
    "status",
    "template",
    "topic",
    "topics",
    "tree",
    "type",
    "updated",
    "user-review-requested",
];
/// What `is:` and `visibility:` may say. `private` and `internal` ask for what only the identity sees, `starred` and the like are
/// about the identity itself.
const STATES: &[&str] = &[
    "archived",
    "blocked",
    "blocking",
    "closed",
    "draft",
    "fork",
    "issue",
    "locked",
    "merged",
    "open",
    "pr",
    "pull-request",
    "queued",
    "sponsorable",
    "template",
    "unarchived",
    "unlocked",
    "unmerged",
];
/// Qualifiers that widen a search to all of an account.
const OWNERS: [&str; 3] = ["org", "owner", "user"];
/// Names that must not appear in front of a colon inside of a word, where another reader could begin a term.
const RISKY: [&str; 14] = [
    "blocked-by",
    "blocking",
    "enterprise",
    "is",
    "org",
    "owner",
    "parent-issue",
    "project",
    "repo",
    "sub-issue",
    "team",
    "team-review-requested",
    "user",
    "visibility",
];

/// The query with a search that tells nothing private, and the repository that it is bound to, if it is; `None` for a search that
/// the relay does not serve.
pub(super) fn narrowed(query: &RelayQuery, unbound: Unbound) -> Option<(RelayQuery, Option<Repository>)> {
    let search = Search::read(query.get("q")?)?;
    let facts = Facts::of(&search)?;
    match (facts.repository, unbound) {
        // `org:` and `user:` add to `repo:`, and so does another `repo:`, whatever is before it.
        (Some(repository), _) => {
            let alone = facts.repositories == 1 && !facts.has_owner;
            alone.then(|| (query.with("q", &search.text), Some(repository)))
        }
        (None, Unbound::Refused) => None,
        (None, Unbound::Public) if facts.positive_repositories > 0 => None,
        (None, Unbound::Public) => {
            let text = match (facts.is_public, &search.tree) {
                (true, _) => search.text,
                (false, Tree::Any(_)) => format!("({}) is:public", search.text),
                (false, Tree::All(_) | Tree::Not(_) | Tree::Term(_)) => format!("{} is:public", search.text),
            };
            Some((query.with("q", &text), None))
        }
    }
}

/// The search with the caller's login in place of `@me` in every qualifier; `None` if it cannot be read.
pub(super) fn of_caller(text: &str, login: &str) -> Option<String> {
    let tokens = tokens(text)?;
    Some(spliced(text, &tokens, |old, token| {
        let Token::Qualifier { value, .. } = token else { return None };
        let new = with_caller(value, login)?;
        Some(if old.starts_with('"') { format!("\"{new}\"") } else { new })
    }))
}

/// A value where each of its parts that is `@me`, or begins with `@me/`, is about this account; `None` if there is none.
fn with_caller(value: &str, login: &str) -> Option<String> {
    let part = |part: &str| {
        let part = part.trim();
        let rest = part.get(ME.len()..).filter(|_| is_me(part))?;
        Some(format!("{login}{rest}"))
    };
    let parts: Vec<_> = value.split(',').map(|text| part(text).unwrap_or_else(|| text.to_owned())).collect();
    let changed = parts.join(",");
    (changed != value).then_some(changed)
}

/// What GitHub takes for the account that asks.
const ME: &str = "@me";

/// Whether a text is `@me` in any case, alone or as the owner of something.
fn is_me(text: &str) -> bool {
    text.split('/').next().is_some_and(|owner| owner.eq_ignore_ascii_case(ME))
}

/// Whether `@me` is anywhere in a value, not only where GitHub is known to look for it.
fn has_me(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let ends = |at: usize| {
        !lower[at + ME.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-')
    };
    lower.match_indices(ME).any(|(at, _)| ends(at))
}

/// A search, read.
struct Search {
    /// The text that goes to GitHub. Words such as `or` are in quotes: they are words here, and must be for GitHub.
    text: String,
    tree: Tree,
}

/// What the operators make of the terms.
#[derive(Debug)]
enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Term(Term),
}

#[derive(Clone, Debug)]
enum Term {
    /// Words and phrases.
    Words,
    /// A qualifier in lower case, and its value without quotes.
    Qualifier(String, String),
}

/// What counts about a search.
#[derive(Default)]
struct Facts {
    /// The repository that all results must be of.
    repository: Option<Repository>,
    /// How often a repository is named, and how often not to exclude it.
    repositories: usize,
    positive_repositories: usize,
    has_owner: bool,
    /// Whether all results must be public.
    is_public: bool,
}

impl Facts {
    /// `None` if a qualifier asks for what only the identity sees, or might.
    fn of(search: &Search) -> Option<Self> {
        let mut facts = Self::default();
        facts.look(&search.tree, true, true)?;
        Some(facts)
    }

    /// Looks at a part of the search. `always` says that every result must fit it, `positive` that nothing negates it.
    fn look(&mut self, tree: &Tree, always: bool, positive: bool) -> Option<()> {
        match tree {
            Tree::All(parts) => parts.iter().try_for_each(|part| self.look(part, always, positive)),
            Tree::Any(parts) => parts.iter().try_for_each(|part| self.look(part, false, positive)),
            // Twice negated is not looked through: it counts as negated.
            Tree::Not(part) => self.look(part, false, false),
            Tree::Term(Term::Words) => Some(()),
            Tree::Term(Term::Qualifier(name, value)) => self.qualifier(name, value, always, positive),
        }
    }

    fn qualifier(&mut self, name: &str, value: &str, always: bool, positive: bool) -> Option<()> {
        if has_me(value) {
            // The identity would be taken for the caller.
            return None;
        }
        match name {
            "repo" => {
                let repository = repository(value)?;
                self.repositories += 1;
                self.positive_repositories += usize::from(positive);
                if always {
                    self.repository = Some(repository);
                }
            }
            "is" | "visibility" => {
                if value.eq_ignore_ascii_case("public") {
                    // Negated it asks for everything else.
                    positive.then_some(())?;
                    self.is_public |= always;
                } else {
                    let known = |part: &str| STATES.contains(&part.to_ascii_lowercase().as_str());
                    value.split(',').all(known).then_some(())?;
                }
            }
            name if OWNERS.contains(&name) => {
                let is_login = |part: &str| AccountLogin::from_github(part).is_some();
                value.split(',').all(is_login).then_some(())?;
                self.has_owner = true;
            }
            name => PLAIN.contains(&name).then_some(())?,
        }
        Some(())
    }
}

fn repository(text: &str) -> Option<Repository> {
    let (owner, name) = text.split_once('/')?;
    let (owner, name) = (AccountLogin::from_github(owner)?, RepoName::parse(name).ok()?);
    Some(Repository { owner: owner.as_str().to_owned(), name: name.as_str().to_owned() })
}

/// One token, and where it is in the text.
#[derive(Clone, Debug)]
enum Token<'a> {
    Open,
    Close,
    And,
    Or,
    /// `NOT` and `-`.
    Not,
    /// A word or a phrase.
    Words,
    /// A word that would be an operator in capitals.
    SmallOperator,
    /// `name:value`; the value is without its quotes, and its place is that of the value with them.
    Qualifier {
        name: String,
        value: &'a str,
    },
}

struct Placed<'a> {
    token: Token<'a>,
    /// What may be replaced: a qualifier's value with its quotes, or the word.
    start: usize,
    end: usize,
}

impl Search {
    /// Reads a search; `None` if it has no terms, or if GitHub might read it in another way.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let tokens = tokens(text)?;
        let mut rest = tokens.as_slice();
        let tree = any(&mut rest, 0)?;
        if !rest.is_empty() {
            return None;
        }
        let text = spliced(text, &tokens, |old, token| {
            matches!(token, Token::SmallOperator).then(|| format!("\"{old}\""))
        });
        Some(Self { text, tree })
    }
}

/// The text with something else in the places of some tokens.
fn spliced(text: &str, tokens: &[Placed<'_>], other: impl Fn(&str, &Token<'_>) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut from = 0;
    for placed in tokens {
        let Some(new) = text.get(placed.start..placed.end).and_then(|old| other(old, &placed.token)) else {
            continue;
        };
        out.push_str(text.get(from..placed.start).unwrap_or_default());
        out.push_str(&new);
        from = placed.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// How deep a search may be nested: GitHub allows five levels of parentheses, each of them may be negated, and one is added here
/// (<https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/filtering-and-searching-issues-and-pull-requests>).
const DEEPEST: usize = 12;

/// `a OR b`, which binds less than `a b`.
fn any(rest: &mut &[Placed<'_>], depth: usize) -> Option<Tree> {
    let mut parts = vec![all(rest, depth)?];
    while let [Placed { token: Token::Or, .. }, more @ ..] = *rest {
        *rest = more;
        parts.push(all(rest, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Tree::Any(parts) })
}

/// `a b` and `a AND b`.
fn all(rest: &mut &[Placed<'_>], depth: usize) -> Option<Tree> {
    let mut parts = vec![one(rest, depth)?];
    loop {
        match rest {
            [Placed { token: Token::And, .. }, more @ ..] => *rest = more,
            [] | [Placed { token: Token::Or | Token::Close, .. }, ..] => break,
            [_, ..] => {}
        }
        // An operator without a second term would take the one that is added behind it.
        parts.push(one(rest, depth)?);
    }
    Some(if parts.len() == 1 { parts.remove(0) } else { Tree::All(parts) })
}

/// A term, a negated one or a group.
fn one(rest: &mut &[Placed<'_>], depth: usize) -> Option<Tree> {
    if depth > DEEPEST {
        return None;
    }
    let (first, more) = rest.split_first()?;
    *rest = more;
    match &first.token {
        Token::Not => Some(Tree::Not(Box::new(one(rest, depth + 1)?))),
        Token::Open => {
            let group = any(rest, depth + 1)?;
            let (close, more) = rest.split_first()?;
            *rest = more;
            matches!(close.token, Token::Close).then_some(group)
        }
        Token::Words | Token::SmallOperator => Some(Tree::Term(Term::Words)),
        Token::Qualifier { name, value } => {
            Some(Tree::Term(Term::Qualifier(name.clone(), (*value).to_owned())))
        }
        Token::Close | Token::And | Token::Or => None,
    }
}

/// The tokens of a search; `None` for what GitHub might take for other tokens.
fn tokens(text: &str) -> Option<Vec<Placed<'_>>> {
    // An escaped quote may or may not end a phrase, and so may a typographic one.
    if text.contains("\\\"") || text.contains(['\u{201C}', '\u{201D}', '\u{201E}', '\u{201F}', '\u{FF02}']) {
        return None;
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(letter) = rest.chars().next() else { break };
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let mut push = |token, length| {
            tokens.push(Placed { token, start: at, end: at + length });
            at += length;
        };
        match letter {
            '(' => push(Token::Open, 1),
            ')' => push(Token::Close, 1),
            // A minus alone may or may not negate what follows; `--flag` negates a word at most.
            '-' => push(Token::Not, 1),
            _ => {
                let placed = word(rest, at)?;
                at += rest_length(rest)?;
                tokens.push(placed);
            }
        }
    }
    Some(tokens)
}

/// The length of the word or phrase that a text begins with.
fn rest_length(text: &str) -> Option<usize> {
    let (mut quoted, mut depth, mut length) = (false, 0_usize, 0);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            _ if letter.is_whitespace() => break,
            _ => {}
        }
        length += letter.len_utf8();
    }
    // A quote that does not end; or a parenthesis within a word that may or may not begin a group.
    (!quoted && depth == 0).then_some(length)
}

/// The word, phrase or qualifier that a text begins with. Quotes are around a whole phrase or a whole value, or the text is refused.
fn word(text: &str, start: usize) -> Option<Placed<'_>> {
    let length = rest_length(text)?;
    let word = text.get(..length)?;
    let placed = |token, from: usize| Some(Placed { token, start: start + from, end: start + length });
    if let Some(phrase) = word.strip_prefix('"') {
        phrase.strip_suffix('"').filter(|phrase| !phrase.contains('"'))?;
        return placed(Token::Words, 0);
    }
    if word.contains('"') && !word.ends_with('"') {
        return None;
    }
    match word {
        "AND" => return placed(Token::And, 0),
        "OR" => return placed(Token::Or, 0),
        "NOT" => return placed(Token::Not, 0),
        _ if ["and", "or", "not"].iter().any(|small| word.eq_ignore_ascii_case(small)) => {
            return placed(Token::SmallOperator, 0);
        }
        _ => {}
    }
    let Some((name, value)) = word.split_once(':') else {
        // A bare `@me` may or may not be the identity.
        return if word.contains('"') || is_me(word) { None } else { placed(Token::Words, 0) };
    };
    let lower = name.to_ascii_lowercase();
    if ["repo", "is", "visibility"].iter().chain(&OWNERS).chain(PLAIN).any(|known| *known == lower) {
        let from = name.len() + 1;
        let value = match value.strip_prefix('"') {
            Some(inner) => inner.strip_suffix('"').filter(|inner| !inner.contains('"'))?,
            None if value.contains(['"', '(', ')']) || hides_a_qualifier(value) => return None,
            None => value,
        };
        // `author: mona` may be about mona.
        if value.trim().is_empty() {
            return None;
        }
        return placed(Token::Qualifier { name: lower, value }, from);
    }
    // `panic:`, `std::vector` and `https://…` are words. Other names could be qualifiers that are not known here.
    let is_text = value.is_empty() || value.starts_with([':', '/']);
    if !is_text || word.contains('"') || hides_a_qualifier(word) {
        return None;
    }
    placed(Token::Words, 0)
}

/// Whether a reader that splits words in another way could find a qualifier that matters inside of a word.
fn hides_a_qualifier(word: &str) -> bool {
    word.match_indices(':').any(|(at, _)| {
        let before = word.get(..at).unwrap_or_default();
        let name = before.rsplit(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').next();
        name.is_some_and(|name| RISKY.contains(&name.to_ascii_lowercase().as_str()))
    })
}

/// Whether a search names the caller.
pub(super) fn names_caller(text: &str) -> bool {
    let names = |placed: &Placed<'_>| matches!(&placed.token, Token::Qualifier { value, .. } if with_caller(value, "").is_some());
    tokens(text).is_some_and(|tokens| tokens.iter().any(names))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{RelayQuery, Unbound, names_caller, narrowed, of_caller};

    fn read(q: &str, unbound: Unbound) -> Option<(String, Option<String>)> {
        let query = RelayQuery::parse([("q".to_owned(), q.to_owned())]).unwrap();
        let (query, repository) = narrowed(&query, unbound)?;
        Some((query.get("q").unwrap().to_owned(), repository.map(|repository| repository.key())))
    }

    #[test]
    fn a_search_is_bound_to_one_repository() {
        for good in [
            "repo:acme/rocket",
            "is:pr REPO:Acme/rocket label:\"good first issue\"",
            "crash repo:acme/rocket -label:x",
            "repo:\"acme/rocket\" crash",
            "(repo:acme/rocket)",
            "(repo:acme/rocket) AND (is:open OR label:\"a b\")",
            "((is:open repo:acme/rocket)) NOT (draft OR wip)",
            "repo:acme/rocket -\"not this\" -- --verbose",
            "repo:acme/rocket feat(core): std::vector https://example.com panic: main()",
            "repo:acme/rocket created:>=2026-01-01T00:00:00Z label:area:ui",
            "repo:acme/rocket is:public",
        ] {
            let expected = Some((good.to_owned(), Some("acme/rocket".to_owned())));
            assert_eq!(read(good, Unbound::Refused), expected, "{good}");
            assert_eq!(read(good, Unbound::Public), expected, "{good}");
        }
    }

    #[test]
    fn small_operators_are_words() {
        for (q, text) in [
            ("repo:acme/rocket crash or hang", "repo:acme/rocket crash \"or\" hang"),
            ("repo:acme/rocket And nOt", "repo:acme/rocket \"And\" \"nOt\""),
            ("repo:acme/rocket \"or\" order", "repo:acme/rocket \"or\" order"),
        ] {
            assert_eq!(read(q, Unbound::Refused).unwrap().0, text);
        }
        assert_eq!(read("salt and pepper", Unbound::Public).unwrap().0, "salt \"and\" pepper is:public");
    }

    /// What could show something private, or might for another reader.
    const REFUSED: &[&str] = &[
        "",
        " ",
        "()",
        "repo:acme/rocket repo:acme/other",
        "repo:acme/rocket OR is:private",
        "repo:acme/rocket OR crash",
        "crash OR hang repo:acme/rocket",
        "(repo:acme/rocket OR crash)",
        "repo:acme/rocket org:umbrella",
        "repo:acme/rocket user:mona",
        "repo:acme/rocket -repo:acme/other",
        "repo:acme",
        "repo:acme/rocket/x",
        "repo:acme/..",
        "repo:acme/rocket,acme/other",
        "repo: acme/rocket",
        "repo:acme/rocket \"",
        "\"a\"b repo:acme/rocket",
        "repo:acme/rocket foo(a OR b)",
        "repo:acme/rocket x OR",
        "repo:acme/rocket NOT",
        "repo:acme/rocket -",
        "OR repo:acme/rocket",
        "(repo:acme/rocket",
        "repo:acme/rocket)",
        "is:private",
        "-is:private",
        "IS:Private crash",
        "is:\"private\"",
        "is:open,private",
        "is:internal",
        "visibility:private",
        "-is:public",
        "NOT is:public",
        "NOT (crash is:public)",
        "crash OR is:private",
        "is:starred",
        "team:acme/secret",
        "project:acme/1",
        "parent-issue:acme/secret-plans#1",
        "enterprise:umbrella",
        "unknown:thing",
        "language:x:is:private",
        "+repo:acme/secret-plans",
        "foo(is:private)",
        "foo::is:private",
        "label:\"a\"is:private",
        "\"a\\\" OR is:private\"",
        "\u{201C}a OR is:private\u{201D}",
        "author:@me",
        "author:\"x @me\"",
        "@me crash",
        "author:",
    ];

    #[test]
    fn what_could_show_something_private_is_refused() {
        for bad in REFUSED {
            for unbound in [Unbound::Refused, Unbound::Public] {
                assert_eq!(read(bad, unbound), None, "{bad}");
            }
        }
        for unbound in ["crash", "-repo:acme/rocket", "\"repo:acme/rocket\"", "org:acme", "is:public"] {
            assert_eq!(read(unbound, Unbound::Refused), None, "{unbound}");
        }
    }

    #[test]
    fn without_a_repository_only_what_is_public_is_found() {
        for (q, text) in [
            ("crash", "crash is:public"),
            ("is:open org:acme label:bug", "is:open org:acme label:bug is:public"),
            ("crash OR hang", "(crash OR hang) is:public"),
            ("crash is:public OR hang", "(crash is:public OR hang) is:public"),
            ("-repo:acme/rocket crash", "-repo:acme/rocket crash is:public"),
            ("\"repo:acme/rocket\"", "\"repo:acme/rocket\" is:public"),
            (" crash is:public ", "crash is:public"),
            ("IS:Public crash", "IS:Public crash"),
            ("(crash OR hang) is:public", "(crash OR hang) is:public"),
            ("(crash is:public) OR hang", "((crash is:public) OR hang) is:public"),
            ("language:rust stars:>10 fork:true", "language:rust stars:>10 fork:true is:public"),
        ] {
            assert_eq!(read(q, Unbound::Public), Some((text.to_owned(), None)), "{q}");
        }
    }

    #[test]
    fn the_caller_takes_the_place_of_me() {
        for (q, text) in [
            ("author:@me", "author:mona"),
            ("-assignee:\"@Me\" x", "-assignee:\"mona\" x"),
            ("(involves:@ME OR mentions:@me)", "(involves:mona OR mentions:mona)"),
            ("author:hubot,@me", "author:hubot,mona"),
            ("author:\" @me\"", "author:\"mona\""),
            ("repo:@me/rocket user:@ME", "repo:mona/rocket user:mona"),
            ("NOT review-requested:@me", "NOT review-requested:mona"),
        ] {
            assert!(names_caller(q), "{q}");
            assert_eq!(of_caller(q, "mona").unwrap(), text);
            assert!(!names_caller(text), "{text}");
        }
        for q in ["crash", "author:@mentor", "\"author:@me\"", "label:\"ping @me\"", "mail@me author:x@me"] {
            assert!(!names_caller(q), "{q}");
            assert_eq!(of_caller(q, "mona").unwrap(), q);
        }
    }

    /// Searches made of what matters.
    fn search() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "crash",
            "OR",
            "AND",
            "NOT",
            "or",
            "-",
            "(",
            ")",
            "\"",
            "\"a b\"",
            "repo:acme/rocket",
            "repo:\"a/b\"",
            "is:public",
            "is:private",
            "is:open",
            "org:acme",
            "author:@me",
            "author:mona",
            "x:y",
            ":",
            "label:\"x\"",
        ]);
        let glue = prop::sample::select(vec![" ", " ", " ", ""]);
        prop::collection::vec((piece, glue), 1..9)
            .prop_map(|parts| parts.into_iter().flat_map(|(piece, glue)| [piece, glue]).collect())
    }

    proptest! {
        #[test]
        fn what_was_written_into_a_search_is_accepted_again(q in search()) {
            if let Some((text, repository)) = read(&q, Unbound::Public) {
                prop_assert_eq!(read(&text, Unbound::Public), Some((text.clone(), repository.clone())));
                prop_assert!(repository.is_some() || text.to_ascii_lowercase().contains("is:public"));
                let outside_quotes: String = text.split('"').step_by(2).collect();
                let terms = || outside_quotes.split([' ', '(', ')']).map(|term| term.trim_start_matches('-'));
                prop_assert!(!terms().any(|term| term == "is:private" || term == "author:@me"), "{}", text);
                if repository.is_some() {
                    prop_assert_eq!(terms().filter(|term| term.starts_with("repo:")).count(), 1, "{}", text);
                    prop_assert!(!terms().any(|term| term.starts_with("org:")));
                }
            }
        }

        #[test]
        fn no_search_panics(q in "[-a-zé@:(),\"\\\\ /]{0,24}|.{0,24}|[-( ]{0,60}") {
            let _ = read(&q.replace(char::is_control, ""), Unbound::Public);
            let _ = of_caller(&q, "mona");
        }
    }
}
