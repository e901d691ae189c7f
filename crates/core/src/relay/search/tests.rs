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
