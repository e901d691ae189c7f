//! What a search asks for, in REST and GraphQL alike.
//!
//! <https://docs.github.com/search-github/searching-on-github/searching-issues-and-pull-requests>

use super::Call;
use super::site::Site;
use crate::model::State;
use crate::model::content::issues::Issue;

/// The words and qualifiers of a search. Other qualifiers than those that are named here are not
/// looked at.
pub(crate) struct Query {
    /// In small letters.
    pub(crate) words: Vec<String>,
    /// Name and value of each qualifier.
    qualifiers: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let mut query = Self { words: Vec::new(), qualifiers: Vec::new() };
        for part in split(text) {
            if let Some((name, value)) = part.split_once(':') {
                query.qualifiers.push((name.to_lowercase(), value.replace('"', "")));
            } else if !["(", ")"].contains(&part) {
                // gh puts a search of the user's in parentheses; all parts have to match anyway.
                query.words.push(part.replace('"', "").to_lowercase());
            }
        }
        query
    }

    /// The values of a qualifier.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.qualifiers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether all words are in a text.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.words.iter().all(|word| text.contains(word))
    }

    /// The repositories named by `repo:`, `org:` and `user:` that the caller may see; all of those
    /// without them.
    pub(crate) fn sites<'a>(&self, state: &'a State, call: &'a Call<'a>) -> Vec<Site<'a>> {
        let names: Vec<&str> = self.values("repo").collect();
        let owners: Vec<&str> = self.values("org").chain(self.values("user")).collect();
        let one_of = |wanted: &[&str], name: &str| {
            wanted.is_empty() || wanted.iter().any(|it| it.eq_ignore_ascii_case(name))
        };
        let all = state.repositories.iter().filter_map(|it| Site::new(it, state, call));
        all.filter(|site| {
            site.is_visible() && one_of(&names, &site.full_name()) && one_of(&owners, &site.owner.login)
        })
        .collect()
    }

    /// The issues and pull requests of a repository that are asked for, the newest first.
    pub(crate) fn issues_of<'a>(&self, site: Site<'a>) -> impl Iterator<Item = &'a Issue> + use<'a, '_> {
        site.content.tracker.issues.iter().rev().filter(move |it| self.wants(it, &site))
    }

    fn wants(&self, it: &Issue, site: &Site<'_>) -> bool {
        let is = |value: &str| match value {
            "issue" => it.pull.is_none(),
            "pr" | "pull-request" => it.pull.is_some(),
            "open" => it.is_open(),
            "closed" => !it.is_open(),
            "merged" => it.pull.as_ref().is_some_and(|pull| pull.merged),
            "unmerged" => it.pull.as_ref().is_some_and(|pull| !pull.merged),
            "draft" => it.pull.as_ref().is_some_and(|pull| pull.draft),
            "public" => !site.repository.private,
            "private" => site.repository.private,
            _ => false,
        };
        let pull = it.pull.as_ref();
        let reviewers = pull.map(|pull| pull.reviewers.as_slice()).unwrap_or_default();
        let milestones = &site.content.tracker.milestones;
        let milestone = milestones.iter().find(|known| Some(known.number) == it.milestone);
        let people: [(&str, &[u64]); 3] = [
            ("author", std::slice::from_ref(&it.author)),
            ("assignee", &it.assignees),
            ("review-requested", reviewers),
        ];
        ["is", "type", "state"].into_iter().flat_map(|name| self.values(name)).all(is)
            && self.values("label").all(|label| it.labels.iter().any(|known| known == label))
            && people.into_iter().all(|(name, ids)| self.values(name).all(|login| names(login, ids, site)))
            && self.values("milestone").all(|title| milestone.is_some_and(|it| it.title == title))
            && self.values("head").all(|branch| pull.is_some_and(|pull| pull.branch == branch))
            && self.values("base").all(|branch| pull.is_some() && branch == "main")
            && self.values("draft").all(|value| pull.is_some_and(|pull| pull.draft.to_string() == value))
            && self.matches(&format!("{} {}", it.title, it.body))
    }
}

/// Whether a login, or `@me`, is one of these accounts.
fn names(login: &str, ids: &[u64], site: &Site<'_>) -> bool {
    let account = match login {
        "@me" => site.call.caller.account(),
        _ => site.state.accounts.find(login).map(|account| account.id),
    };
    account.is_some_and(|id| ids.contains(&id))
}

/// The parts between spaces that are not in quotes.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parts = text.split(move |letter: char| {
        quoted ^= letter == '"';
        letter.is_whitespace() && !quoted
    });
    parts.filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_words_together() {
        let query = Query::parse(r#"repo:acme/rocket label:"good first issue" "to the moon" fast"#);
        assert_eq!(query.values("label").collect::<Vec<_>>(), ["good first issue"]);
        assert_eq!(query.words, ["to the moon", "fast"]);
    }
}
