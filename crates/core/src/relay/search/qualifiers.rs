//! The qualifiers of a search, and `@me` in their values.

/// Qualifiers that narrow by what is public about a result
/// (<https://docs.github.com/en/search-github/searching-on-github>). One that is on neither list is
/// refused: it might show something that only the identity sees.
pub(super) const PLAIN: &[&str] = &[
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

/// What `is:` and `visibility:` may say. `private` and `internal` ask for what only the identity
/// sees, `starred` and the like are about the identity itself.
pub(super) const STATES: &[&str] = &[
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
pub(super) const OWNERS: [&str; 3] = ["org", "owner", "user"];

/// Names that must not appear in front of a colon inside of a word, where another reader could
/// begin a term.
pub(super) const RISKY: [&str; 14] = [
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

/// What GitHub takes for the account that asks.
pub(super) const ME: &str = "@me";

/// Whether a text is `@me` in any case, alone or as the owner of something.
pub(super) fn is_me(text: &str) -> bool {
    text.split('/').next().is_some_and(|owner| owner.eq_ignore_ascii_case(ME))
}

/// Whether `@me` is anywhere in a value, not only where GitHub is known to look for it.
pub(super) fn has_me(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let ends = |at: usize| {
        !lower[at + ME.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-')
    };
    lower.match_indices(ME).any(|(at, _)| ends(at))
}
