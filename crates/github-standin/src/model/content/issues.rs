//! Issues, pull requests and what is said about them.

use crate::model::accounts::AccountId;
use crate::model::repositories::RepositoryId;

/// Everything in the tracker of one repository.
#[derive(Debug, Default)]
pub struct Tracker {
    /// Labels of the repository.
    pub labels: Vec<Label>,
    /// Milestones of the repository.
    pub milestones: Vec<Milestone>,
    /// Issues and pull requests, the oldest first. GitHub counts both with one row of numbers.
    pub issues: Vec<Issue>,
    /// What was said, wherever.
    pub comments: Vec<Comment>,
    /// What happened to issues.
    pub events: Vec<Event>,
    /// Reviews of pull requests.
    pub reviews: Vec<Review>,
    /// Emoji under issues and comments.
    pub reactions: Vec<Reaction>,
    /// Issues elsewhere that mention one of these.
    pub references: Vec<Reference>,
}

/// A label.
#[derive(Debug, Clone)]
pub struct Label {
    /// The number that identifies it.
    pub id: u64,
    /// What issues call it.
    pub name: String,
    /// Six hexadecimal digits.
    pub color: String,
}

/// A milestone.
#[derive(Debug, Clone)]
pub struct Milestone {
    /// Number in the repository.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Not closed.
    pub open: bool,
}

/// An issue, which may be a pull request.
#[derive(Debug, Clone)]
pub struct Issue {
    /// Number in the repository.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Text.
    pub body: String,
    /// Who opened it.
    pub author: AccountId,
    /// Names of its labels.
    pub labels: Vec<String>,
    /// Number of its milestone.
    pub milestone: Option<u64>,
    /// Who is to work on it.
    pub assignees: Vec<AccountId>,
    /// Seconds since 1970.
    pub created_at: i64,
    /// Seconds since 1970; open while there are none.
    pub closed_at: Option<i64>,
    /// What a pull request has besides.
    pub pull: Option<Pull>,
}

/// The part of a pull request no issue has.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Not ready for review.
    pub draft: bool,
    /// Closed by merging.
    pub merged: bool,
    /// The branch it comes from.
    pub branch: String,
    /// The last commit of that branch.
    pub head: String,
    /// The commit it branched off from.
    pub base: String,
    /// The file it changes.
    pub path: String,
    /// Who is asked to review it.
    pub reviewers: Vec<AccountId>,
    /// Which teams are asked.
    pub teams: Vec<Team>,
    /// The fork that the branch is in; without one, it is in the repository itself.
    pub fork: Option<RepositoryId>,
    /// The issues that it closes when it is merged, in whatever repository.
    pub closes: Vec<(RepositoryId, u64)>,
}

/// What a comment is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The issue with this number.
    Issue(u64),
    /// A line of a pull request's file, in a review.
    Review {
        /// Number of the pull request.
        pull: u64,
        /// Id of the review.
        review: u64,
    },
    /// The commit with this sha.
    Commit(String),
}

/// A comment.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The number that identifies it.
    pub id: u64,
    /// What it is about.
    pub on: Subject,
    /// Who wrote it.
    pub author: AccountId,
    /// Text.
    pub body: String,
    /// Seconds since 1970.
    pub at: i64,
}

/// Something that happened to an issue.
#[derive(Debug, Clone)]
pub struct Event {
    /// The number that identifies it.
    pub id: u64,
    /// Number of the issue.
    pub issue: u64,
    /// The label that was added; without one, the issue was closed.
    pub label: Option<String>,
    /// Who did it.
    pub actor: AccountId,
    /// Seconds since 1970.
    pub at: i64,
}

/// An issue of another repository that mentions one of this repository.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Number of the issue that is mentioned.
    pub issue: u64,
    /// The repository and number of the one that mentions it.
    pub from: (RepositoryId, u64),
    /// Who wrote it.
    pub actor: AccountId,
    /// Seconds since 1970.
    pub at: i64,
}

/// A team that is asked to review.
#[derive(Debug, Clone)]
pub struct Team {
    /// The number that identifies it.
    pub id: u64,
    /// Its name in addresses.
    pub slug: String,
    /// Seen by the owners of the organization only (and its members, of which the seed has none).
    pub secret: bool,
}

/// A review of a pull request.
#[derive(Debug, Clone)]
pub struct Review {
    /// The number that identifies it.
    pub id: u64,
    /// Number of the pull request.
    pub pull: u64,
    /// Who wrote it.
    pub author: AccountId,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or, for its author's eyes only, `PENDING`.
    pub state: &'static str,
    /// Text.
    pub body: String,
}

/// An emoji.
#[derive(Debug, Clone)]
pub struct Reaction {
    /// The number that identifies it.
    pub id: u64,
    /// Where it is.
    pub on: Reacted,
    /// `+1`, `heart`, …
    pub content: &'static str,
    /// Whose it is.
    pub author: AccountId,
}

/// What a reaction is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reacted {
    /// The issue with this number.
    Issue(u64),
    /// The comment with this id.
    Comment(u64),
}

impl Issue {
    /// Not closed.
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// When it last changed, in seconds since 1970.
    pub fn updated_at(&self) -> i64 {
        self.closed_at.unwrap_or(self.created_at + 60)
    }
}

impl Tracker {
    /// The issue or pull request with this number.
    pub fn issue(&self, number: u64) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.number == number)
    }
}
