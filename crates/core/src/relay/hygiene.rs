//! What is taken out of an answer before anybody else may see it: what GitHub only says because of
//! who asked.
//!
//! Two layers work on every JSON body. By its shape, whatever the route: private repositories,
//! drafts of releases, pending reviews, secret teams and gists, non-public events, tokens. By its
//! place, as the route's [`Holds`] says: what the same shape means only there. What goes is cut out
//! of GitHub's text, so that every other byte stays as GitHub wrote it.

use super::json::{Cuts, Member, Node, Shape};
use super::repository::Repository;

/// Fields of a repository that are about the asking identity, or that GitHub shows only to who may
/// push or administrate (<https://docs.github.com/en/rest/repos/repos#get-a-repository>).
const OF_REPOSITORY: [&str; 14] = [
    "permissions",
    "role_name",
    "security_and_analysis",
    "allow_auto_merge",
    "allow_merge_commit",
    "allow_rebase_merge",
    "allow_squash_merge",
    "allow_update_branch",
    "delete_branch_on_merge",
    "merge_commit_message",
    "merge_commit_title",
    "squash_merge_commit_message",
    "squash_merge_commit_title",
    "use_squash_pr_title_as_default",
];
/// Fields of an account that GitHub shows to the account itself, or of its rights where it is a
/// collaborator (`private-user` and `collaborator` of GitHub's description).
const OF_ACCOUNT: [&str; 14] = [
    "notification_email",
    "private_gists",
    "total_private_repos",
    "owned_private_repos",
    "disk_usage",
    "collaborators",
    "two_factor_authentication",
    "two_factor_requirement_enabled",
    "business_plus",
    "ldap_dn",
    "plan",
    "billing_email",
    "permissions",
    "role_name",
];
/// Fields that hold a credential. Of the routes that are served GitHub's description has
/// `temp_clone_token` only; the others are what it calls credentials elsewhere.
const TOKENS: [&str; 14] = [
    "temp_clone_token",
    "clone_token",
    "token",
    "access_token",
    "refresh_token",
    "registration_token",
    "remove_token",
    "client_secret",
    "webhook_secret",
    "secret",
    "password",
    "private_key",
    "pem",
    "encoded_jit_config",
];
/// Members whose value is a repository, also where it says nothing else of itself.
const REPOSITORY_KEYS: [&str; 7] =
    ["repo", "repository", "head_repository", "parent", "source", "template_repository", "forkee"];
/// Members that say to what the object around them belongs: if that is private, so is the object.
const BELONGS_TO: [&str; 6] = ["repository", "repo", "base", "issue", "pull_request", "deployment"];

/// What the body of a route's answer may hold. Every route states it (`routes.rs`), and there is no
/// default.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Holds {
    /// Facts that name no other repository and no account beyond a public profile: labels, files,
    /// Git objects.
    Facts,
    /// A table whose keys are names and no fields: languages, emojis (`:secret:` is one). Its
    /// values are text or numbers.
    Names,
    /// An account, with fields that GitHub shows to the account itself.
    Account,
    /// Short forms of accounts and teams.
    Accounts,
    /// The repository that was asked for.
    Repository,
    /// Repositories, in a list or in the `items` of a search.
    Repositories,
    /// Events of accounts, organizations or repositories.
    Events,
    /// One gist.
    Gist,
    /// Gists of an account.
    Gists,
    /// One release, or a list of them.
    Releases,
    /// One file of a release, or a list of them.
    Assets,
    /// One pull request, or a list of them.
    Pulls,
    /// One issue, a list of them, or the `items` of a search.
    Issues,
    /// Comments and reactions.
    Discussion,
    /// Reviews of a pull request.
    Reviews,
    /// Comments of one review. Nothing in them says whether the review is pending, so the review
    /// itself has to show it.
    ReviewComments,
    /// Events and timelines of issues.
    IssueEvents,
    /// Commits, comparisons and branches.
    Commits,
    /// Commit statuses.
    Statuses,
    /// Check runs and check suites.
    Checks,
    /// Workflow runs, jobs and artifacts.
    Runs,
    /// Deployments, whose `payload` users wrote.
    Deployments,
    /// Found code, with its repository.
    Code,
    /// Bytes, no JSON: a log or an archive.
    Bytes,
    /// Nothing: the route is never served.
    Nothing,
}

/// JSON of a form that users choose, which is left alone byte for byte.
const FREE_JSON: [FreeJson; 5] = [
    // <https://docs.github.com/en/rest/deployments/deployments>: "JSON payload with extra
    // information about the deployment".
    FreeJson { key: "payload", within: Within::Deployment },
    // Values of an organization's own properties of its repositories.
    FreeJson { key: "custom_properties", within: Within::Anything },
    // The names of a gist's files are keys.
    FreeJson { key: "files", within: Within::Gist },
    // What `repository_dispatch` and `workflow_dispatch` were sent with.
    FreeJson { key: "client_payload", within: Within::Anything },
    FreeJson { key: "inputs", within: Within::Anything },
];

/// One place of free JSON.
struct FreeJson {
    /// The member whose value it is.
    key: &'static str,
    /// In what that member counts as free JSON.
    within: Within,
}

/// What has a member with free JSON.
#[derive(Clone, Copy)]
enum Within {
    /// A deployment; the `payload` of an event is GitHub's.
    Deployment,
    /// A gist; the `files` of a commit are GitHub's.
    Gist,
    /// Whatever has it.
    Anything,
}

/// What is left of an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cleaned {
    /// All of it.
    Unchanged,
    /// This text, less than there was.
    Changed(String),
    /// All of it or this text, but only for who asked: it is secret to who does not know its id.
    Unshared(Option<String>),
    /// Nothing: it is not public at all.
    Hidden,
    /// Nothing, and the repository that was asked for is private.
    Private,
    /// It is no JSON as GitHub writes it: it could be read in two ways, or a count in it is no
    /// number.
    Invalid,
}

/// Cleans the JSON body of a successful answer (contract, section 6, "Hygiene"). `asked` is the
/// repository of the route. The text must be JSON that `serde_json` accepts.
pub fn clean(holds: Holds, asked: Option<&Repository>, text: &str) -> Cleaned {
    let Some(root) = Node::parse(text) else { return Cleaned::Invalid };
    let thing = thing(holds);
    let mut sweep = Sweep { thing, asked: asked.map(Repository::key), ..Sweep::default() };
    let fate = sweep.visit(&root, &Place { top: true, ..Place::default() });
    if sweep.asked_is_private {
        return Cleaned::Private;
    }
    if sweep.invalid {
        return Cleaned::Invalid;
    }
    if fate == Fate::Goes {
        return Cleaned::Hidden;
    }
    let left = sweep.cuts.apply(text);
    match left {
        left if thing == Thing::Gist && !root.is("public", "true") => Cleaned::Unshared(left),
        Some(left) => Cleaned::Changed(left),
        None => Cleaned::Unchanged,
    }
}

/// What a body, or each item of its list, is where the same fields mean something else elsewhere.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Thing {
    Repository,
    Account,
    Event,
    Gist,
    ListedGist,
    Release,
    Review,
    IssueEvent,
    Deployment,
    Names,
    /// What its shape says.
    #[default]
    Plain,
}

/// Every variant says what its things are.
const fn thing(holds: Holds) -> Thing {
    match holds {
        Holds::Repository | Holds::Repositories => Thing::Repository,
        Holds::Account | Holds::Accounts => Thing::Account,
        Holds::Events => Thing::Event,
        Holds::Gist => Thing::Gist,
        Holds::Gists => Thing::ListedGist,
        Holds::Releases => Thing::Release,
        Holds::Reviews => Thing::Review,
        Holds::IssueEvents => Thing::IssueEvent,
        Holds::Deployments => Thing::Deployment,
        Holds::Names => Thing::Names,
        Holds::Facts
        | Holds::Assets
        | Holds::Pulls
        | Holds::Issues
        | Holds::Discussion
        | Holds::ReviewComments
        | Holds::Commits
        | Holds::Statuses
        | Holds::Checks
        | Holds::Runs
        | Holds::Code
        | Holds::Bytes
        | Holds::Nothing => Thing::Plain,
    }
}

/// Whether a value stays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    Stays,
    Goes,
}

/// Where a value is.
#[derive(Clone, Copy, Debug, Default)]
struct Place<'a> {
    /// The member whose value it is, or is an item of.
    key: &'a str,
    /// Whether it is the thing of the route itself.
    top: bool,
    /// Whether it is in an item of a list.
    in_list: bool,
}

#[derive(Default)]
struct Sweep {
    thing: Thing,
    /// The repository of the route, as [`Repository::key`] writes it.
    asked: Option<String>,
    cuts: Cuts,
    asked_is_private: bool,
    invalid: bool,
}

impl Sweep {
    fn visit(&mut self, node: &Node<'_>, place: &Place<'_>) -> Fate {
        match &node.shape {
            Shape::Object(members) => self.visit_object(node, members, place),
            Shape::Array(items) => {
                self.visit_items(items, place);
                Fate::Stays
            }
            Shape::Text | Shape::Scalar => Fate::Stays,
        }
    }

    /// Takes out the items that go; how many there were.
    fn visit_items(&mut self, items: &[Node<'_>], place: &Place<'_>) -> u64 {
        let place = Place { in_list: true, ..*place };
        let fates: Vec<_> =
            items.iter().map(|item| (item.span.clone(), self.visit(item, &place) == Fate::Goes)).collect();
        self.cuts.remove(&fates);
        fates.iter().map(|(_, goes)| u64::from(*goes)).sum()
    }

    fn visit_object(&mut self, node: &Node<'_>, members: &[Member<'_>], place: &Place<'_>) -> Fate {
        let before = self.cuts.len();
        if self.is_hidden(node, place) {
            return Fate::Goes;
        }
        let mut fates = Vec::with_capacity(members.len());
        let mut items_gone = 0;
        for member in members {
            let (key, value) = (member.key.as_ref(), &member.node);
            let span = member.start..value.span.end;
            if self.is_free(place, key) {
                fates.push((span, false));
                continue;
            }
            if self.is_for_who_asked(node, place, member) {
                fates.push((span, true));
                continue;
            }
            let inner = Place { key, top: place.top && key == "items", in_list: place.in_list };
            if let Shape::Array(items) = &value.shape {
                items_gone += self.visit_items(items, &inner);
                fates.push((span, false));
                continue;
            }
            let goes = self.visit(value, &inner) == Fate::Goes;
            match reaction(place, member) {
                _ if !goes => fates.push((span, false)),
                Reaction::Null => {
                    self.cuts.replace(value.span.clone(), "null");
                    fates.push((span, false));
                }
                Reaction::Remove => fates.push((span, true)),
                Reaction::GoesWithIt => {
                    self.cuts.forget(before);
                    return Fate::Goes;
                }
            }
        }
        self.cuts.remove(&fates);
        if items_gone > 0 {
            self.count_less(node, items_gone);
        }
        Fate::Stays
    }

    /// A total must not tell how many items were taken out.
    fn count_less(&mut self, list: &Node<'_>, gone: u64) {
        let Some(total) = list.get("total_count") else { return };
        match total.raw().parse::<u64>() {
            Ok(count) => self.cuts.replace(total.span.clone(), &count.saturating_sub(gone).to_string()),
            Err(_) => self.invalid = true,
        }
    }

    /// Whether the object is one that not everybody may see.
    fn is_hidden(&mut self, object: &Node<'_>, place: &Place<'_>) -> bool {
        if place.top && self.thing == Thing::Names {
            return false;
        }
        if is_private(object) {
            let is_answer = place.top && !place.in_list && self.thing == Thing::Repository;
            self.asked_is_private |= self.asked.is_some() && (is_answer || self.asked == full_name(object));
            return true;
        }
        // Events, gists and, in events, repositories say so.
        let is_gist = place.top && self.thing == Thing::Gist;
        object.is("public", "false") && !is_gist
            || is_draft(object)
            || self.is_pending(object, place)
            || object.text_of("privacy").is_some_and(|privacy| privacy.eq_ignore_ascii_case("secret"))
            || self.is_elsewhere(object, place)
            || place.top && self.is_hidden_thing(object)
    }

    /// What only the route tells apart.
    fn is_hidden_thing(&self, object: &Node<'_>) -> bool {
        match self.thing {
            Thing::Event | Thing::ListedGist => object.has("public") && !object.is("public", "true"),
            Thing::Release => is_not_published(object),
            // A project can be private where the repository is not, and its card does not say so.
            Thing::IssueEvent => {
                let name = object.text_of("event").unwrap_or_default();
                object.has("project_card") || object.has("project") || name.contains("project")
            }
            Thing::Repository
            | Thing::Account
            | Thing::Gist
            | Thing::Review
            | Thing::Deployment
            | Thing::Names
            | Thing::Plain => false,
        }
    }

    /// A review that was not submitted is seen by its author only. Other states are in lower case.
    fn is_pending(&self, object: &Node<'_>, place: &Place<'_>) -> bool {
        let Some(state) = object.text_of("state") else { return false };
        let is_review = place.top && self.thing == Thing::Review
            || place.key == "review"
            || object.text_of("event").is_some_and(|event| event == "reviewed");
        state == "PENDING" || is_review && state.eq_ignore_ascii_case("pending")
    }

    /// Whether it is of another repository and does not say that this one is public. Who may not
    /// see a private repository does not see an issue of it, a commit of it that names an issue, or
    /// a pull request of it for the same commit.
    fn is_elsewhere(&self, object: &Node<'_>, place: &Place<'_>) -> bool {
        if self.asked.is_none() {
            return false;
        }
        let address = match (place.top, self.thing, place.key) {
            (true, Thing::IssueEvent, _) => object.text_of("commit_url"),
            (_, _, "pull_requests") => {
                object.get("base").and_then(|base| base.get("repo")).and_then(|repo| repo.text_of("url"))
            }
            (_, Thing::IssueEvent, _) if object.has("title") => object.text_of("repository_url"),
            _ => None,
        };
        let shown = object.get("repository").is_some_and(|repository| repository.is("private", "false"));
        let named = address.as_deref().and_then(repository_of);
        !shown && named.is_some_and(|named| self.asked.as_ref() != Some(&named))
    }

    /// Whether a member is JSON of the users'.
    fn is_free(&self, place: &Place<'_>, key: &str) -> bool {
        FREE_JSON.iter().filter(|free| free.key == key).any(|free| match free.within {
            Within::Deployment => place.top && self.thing == Thing::Deployment || place.key == "deployment",
            Within::Gist => {
                matches!(self.thing, Thing::Gist | Thing::ListedGist) && (place.top || place.key == "fork_of")
            }
            Within::Anything => true,
        })
    }

    /// Whether GitHub says this to the identity only.
    fn is_for_who_asked(&self, object: &Node<'_>, place: &Place<'_>, member: &Member<'_>) -> bool {
        let key = member.key.as_ref();
        if place.top && self.thing == Thing::Names {
            return false;
        }
        TOKENS.contains(&key)
            || OF_REPOSITORY.contains(&key) && self.is_repository(object, place)
            || OF_ACCOUNT.contains(&key)
                && (object.has("login") || place.top && self.thing == Thing::Account)
            // The account that asks sees itself otherwise than others do.
            || key == "user_view_type" && member.node.text().is_some_and(|view| view != "public")
            || key == "parent_issue_url" && self.is_foreign_parent(object, &member.node)
    }

    fn is_repository(&self, object: &Node<'_>, place: &Place<'_>) -> bool {
        place.top && self.thing == Thing::Repository
            || object.has("full_name")
            || object.has("private")
            || REPOSITORY_KEYS.contains(&place.key) && !object.has("slug")
    }

    /// Whether an issue's parent is in another repository, of which nothing is known.
    fn is_foreign_parent(&self, issue: &Node<'_>, parent: &Node<'_>) -> bool {
        let own = issue.text_of("repository_url").as_deref().and_then(repository_of).or(self.asked.clone());
        let parent = parent.text().as_deref().and_then(repository_of);
        parent.is_some() && parent != own
    }
}

/// What happens to an object of which a member's value goes.
enum Reaction {
    /// GitHub writes `null` where a head's repository is gone.
    Null,
    /// The member goes, too.
    Remove,
    /// The object exists only because of it.
    GoesWithIt,
}

fn reaction(holder: &Place<'_>, member: &Member<'_>) -> Reaction {
    match (holder.key, member.key.as_ref()) {
        ("head", "repo") | (_, "head_repository") => Reaction::Null,
        // What a repository, team or gist was made from; the `source` of a cross-reference is what
        // was made of the issue.
        (_, "parent" | "template_repository" | "fork_of") => Reaction::Remove,
        (_, "source") if !member.node.has("issue") => Reaction::Remove,
        (_, key) if holder.in_list || BELONGS_TO.contains(&key) => Reaction::GoesWithIt,
        _ => Reaction::Remove,
    }
}

/// Whether an object describes a repository that not everybody may see. What is neither `true` nor
/// `false` cannot be told.
fn is_private(object: &Node<'_>) -> bool {
    let flag = |key: &str| {
        object.get(key).is_some_and(|flag| match flag.shape {
            Shape::Scalar | Shape::Text if flag.raw() != "null" => flag.raw() != "false",
            Shape::Scalar | Shape::Text | Shape::Object(_) | Shape::Array(_) => object.has("full_name"),
        })
    };
    let visibility = object.text_of("visibility").unwrap_or_default();
    let hidden = ["private", "internal"].iter().any(|word| visibility.eq_ignore_ascii_case(word));
    hidden || flag("private") || flag("isPrivate") || has_signed_download(object)
}

/// Whether a release does not say that it is published. What is neither `true` nor `false` cannot
/// be told.
fn is_not_published(release: &Node<'_>) -> bool {
    release.has("draft") && !release.is("draft", "false")
}

/// Whether it is a file that is downloaded with a token in its address, which GitHub adds for files
/// of private repositories only
/// (<https://docs.github.com/en/rest/repos/contents#get-repository-content>).
fn has_signed_download(object: &Node<'_>) -> bool {
    let address = object.text_of("download_url").unwrap_or_default();
    let query = address.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|parameter| parameter.starts_with("token="))
}

/// A release that is not published, or a file of one: a draft has no tag yet, and its addresses say
/// so. Drafts of pull requests are public.
fn is_draft(object: &Node<'_>) -> bool {
    let untagged = |key: &str| object.text_of(key).is_some_and(|url| url.contains("/untagged-"));
    is_not_published(object) && (object.has("tag_name") || object.has("upload_url"))
        || object.has("browser_download_url") && untagged("browser_download_url")
        || object.has("tag_name") && untagged("html_url")
}

/// `owner/name` of a repository in lower case.
fn full_name(repository: &Node<'_>) -> Option<String> {
    let name = repository.text_of("full_name").or_else(|| repository.text_of("nameWithOwner"));
    if let Some(name) = name {
        return Some(name.to_ascii_lowercase());
    }
    repository_of(&repository.text_of("url")?)
}

/// The repository of an address of GitHub's API, `owner/name` in lower case.
fn repository_of(address: &str) -> Option<String> {
    let (_, path) = address.split_once("/repos/")?;
    let mut segments = path.split(['/', '?', '#']);
    let (owner, name) = (segments.next()?, segments.next()?);
    Some(format!("{owner}/{name}").to_ascii_lowercase())
}

#[cfg(test)]
mod tests;
