//! What is in the repositories of the seed, made from a few numbers: the same every time.

use super::ids::{
    ACME, HUBOT, MALLORY, MENTIONED_ISSUE, MONA, OCTOCAT, PRIVATE_FORK, PRIVATE_TEXT, PULL_IN_REVIEW,
    PULL_OF_FORK, PULL_OF_TEAM, ROCKET, WEBSITE,
};
use crate::model::State;
use crate::model::accounts::AccountId;
use crate::model::content::Content;
use crate::model::content::actions::{Run, Status, Workflow};
use crate::model::content::git::{Commit, Tag, object_id};
use crate::model::content::issues::{
    Comment, Event, Issue, Label, Milestone, Pull, Reacted, Reaction, Reference, Review, Subject, Team,
};
use crate::model::content::releases::{Asset, Release};
use crate::model::social::Gist;

/// 2026-01-01, when everything begins.
const BEGIN: i64 = 1_767_225_600;
const HOUR: i64 = 3600;
/// Pull requests come first, so that their numbers are easy to remember; issues follow.
const PULLS: u64 = 12;
/// More than one page of a hundred, besides the pull requests.
const LAST_ISSUE: u64 = 145;
/// More than one page of thirty.
const COMMITS: u64 = 40;
const AUTHORS: [AccountId; 3] = [MONA, HUBOT, OCTOCAT];
const LABELS: [(&str, &str); 4] = [
    ("bug", "d73a4a"),
    ("documentation", "0075ca"),
    ("enhancement", "a2eeef"),
    ("good first issue", "7057ff"),
];
/// Besides those that are used: a name that has to be encoded, and that clients encode differently.
const UNUSED_LABEL: (&str, &str) = ("area/engine room", "c5def5");
const FILES: [(&str, &str); 8] = [
    (".github/workflows/ci.yml", "name: CI\non: push\n"),
    ("CODE_OF_CONDUCT.md", "# Code of conduct\n\nBe kind.\n"),
    ("CONTRIBUTING.md", "# Contributing\n\nPlease do.\n"),
    ("LICENSE", "MIT License\n\nCopyright (c) 2026 acme\n"),
    ("docs/README.md", "# Documentation\n"),
    ("docs/guide/launch.md", "# How to launch\n\nCount down to zero.\n"),
    ("src/lib.rs", "pub fn launch() {}\n"),
    ("src/main.rs", "fn main() {}\n"),
];

/// Fills the repositories.
pub(crate) fn fill(state: &mut State) {
    for (id, name) in [(WEBSITE, "website"), (ROCKET, "rocket")] {
        let content = state.contents.edit(id);
        add_git(content, name);
        add_labels(content, id);
        for number in 1..=LAST_ISSUE {
            add_issue(content, id, number);
        }
        add_actions(content, id);
        add_releases(content, id);
    }
    add_private_parts(state);
    for size in super::ids::BLOB_SIZES {
        state.contents.add_sized_blob(ROCKET, size);
    }
    add_social(state);
}

fn author(number: u64) -> AccountId {
    AUTHORS[usize::try_from(number).unwrap_or_default() % AUTHORS.len()]
}

fn after(hours: u64) -> i64 {
    BEGIN + HOUR * i64::try_from(hours).unwrap_or_default()
}

fn add_git(content: &mut Content, name: &str) {
    let git = &mut content.git;
    git.add_file("README.md", &format!("# {name}\n\nSeed of the stand-in for GitHub.\n"));
    for (path, text) in FILES {
        git.add_file(path, text);
    }
    let mut parent = None;
    for number in 1..=COMMITS {
        let sha = object_id(&format!("{name} commit {number}"));
        let message = format!("Change {number} of {name}");
        git.commits.insert(
            0,
            Commit { sha: sha.clone(), parent, message, author: author(number), at: after(number) },
        );
        if number.is_multiple_of(10) {
            let tag = format!("v0.{}.0", number / 10);
            let object = object_id(&format!("{name} tag {tag}"));
            git.tags.insert(0, Tag { name: tag, sha: object, commit: sha.clone(), at: after(number) });
        }
        parent = Some(sha);
    }
    let tip = parent.unwrap_or_default();
    for number in 1..=PULLS {
        let sha = object_id(&format!("{name} pull {number}"));
        let message = format!("Propose change {number}");
        let parent = Some(tip.clone());
        git.commits.push(Commit {
            sha: sha.clone(),
            parent,
            message,
            author: author(number),
            at: after(50 + number),
        });
        git.branches.insert(format!("feature/{number}"), sha);
    }
    git.branches.insert("main".to_owned(), tip);
}

fn add_labels(content: &mut Content, repository: u64) {
    let named = (1..).zip(LABELS.into_iter().chain([UNUSED_LABEL]));
    content.tracker.labels = named
        .map(|(at, (name, color))| Label {
            id: repository * 100 + at,
            name: name.to_owned(),
            color: color.to_owned(),
        })
        .collect();
    content.tracker.milestones = [("1.0", true), ("0.9", false)]
        .into_iter()
        .zip(1..)
        .map(|((title, open), number)| Milestone { number, title: title.to_owned(), open })
        .collect();
}

/// The first [`PULLS`] are pull requests: of every three, one open, one closed, one merged. Of the
/// issues, every third is closed.
fn add_issue(content: &mut Content, repository: u64, number: u64) {
    let pull = (number <= PULLS).then(|| pull(content, repository, number));
    let created_at = after(100 + number);
    let closed = match &pull {
        Some(_) => number % 3 != 1,
        None => number.is_multiple_of(3),
    };
    let label = LABELS[usize::try_from(number).unwrap_or_default() % LABELS.len()].0.to_owned();
    let kind = if pull.is_some() { "Pull request" } else { "Issue" };
    let tracker = &mut content.tracker;
    let id = repository * 10_000 + number * 10;
    let labelled = Event { id, issue: number, label: Some(label.clone()), actor: MONA, at: created_at + 1 };
    tracker.events.push(labelled);
    if closed {
        let closing = Event { id: id + 1, issue: number, label: None, actor: MONA, at: created_at + HOUR };
        tracker.events.push(closing);
    }
    for at in 0..number % 4 {
        let body = format!("Comment {at} on {number}");
        let on = Subject::Issue(number);
        tracker.comments.push(Comment {
            id: id + at,
            on,
            author: author(number + at),
            body,
            at: created_at + HOUR,
        });
    }
    tracker.reactions.push(Reaction { id, on: Reacted::Issue(number), content: "+1", author: HUBOT });
    tracker.reactions.push(Reaction { id: id + 1, on: Reacted::Comment(id), content: "heart", author: MONA });
    if pull.is_some() {
        add_review(tracker, number, id, created_at);
    }
    tracker.issues.push(Issue {
        number,
        title: format!("{kind} {number}"),
        body: format!("What {number} is about."),
        author: author(number),
        labels: vec![label],
        milestone: (number.is_multiple_of(5)).then_some(1),
        assignees: if number.is_multiple_of(2) { vec![HUBOT] } else { Vec::new() },
        created_at,
        closed_at: closed.then_some(created_at + HOUR),
        pull,
    });
}

fn pull(content: &Content, repository: u64, number: u64) -> Pull {
    let branch = format!("feature/{number}");
    let git = &content.git;
    let sha = |branch: &str| git.branches.get(branch).cloned().unwrap_or_default();
    Pull {
        draft: number == 10,
        merged: number.is_multiple_of(3),
        head: sha(&branch),
        base: sha("main"),
        path: "src/lib.rs".to_owned(),
        reviewers: if number % 3 == 1 { vec![OCTOCAT] } else { Vec::new() },
        teams: Vec::new(),
        fork: None,
        // Merged ones close the issue twelve further on, which is closed, too.
        closes: if number.is_multiple_of(3) { vec![(repository, number + PULLS)] } else { Vec::new() },
        branch,
    }
}

fn add_review(tracker: &mut crate::model::content::issues::Tracker, pull: u64, id: u64, at: i64) {
    let state = if pull.is_multiple_of(2) { "APPROVED" } else { "CHANGES_REQUESTED" };
    tracker.reviews.push(Review { id, pull, author: MONA, state, body: format!("Review of {pull}") });
    let on = Subject::Review { pull, review: id };
    tracker.comments.push(Comment { id: id + 8, on, author: MONA, body: "Why?".to_owned(), at });
    tracker.reactions.push(Reaction {
        id: id + 2,
        on: Reacted::Comment(id + 8),
        content: "eyes",
        author: HUBOT,
    });
}

fn add_actions(content: &mut Content, repository: u64) {
    let path = ".github/workflows/ci.yml".to_owned();
    let workflow = repository * 10 + 1;
    let actions = &mut content.actions;
    actions.workflows.push(Workflow { id: workflow, name: "CI".to_owned(), path });
    for (number, commit) in (1..).zip(content.git.commits.iter().take(35).rev()) {
        actions.runs.insert(
            0,
            Run {
                id: repository * 100 + number,
                number,
                workflow,
                branch: "main".to_owned(),
                head: commit.sha.clone(),
                conclusion: match number {
                    35 => None,
                    _ if number.is_multiple_of(7) => Some("failure"),
                    _ => Some("success"),
                },
                attempt: if number.is_multiple_of(7) { 2 } else { 1 },
                at: commit.at + 60,
            },
        );
        let state = if number == 35 { "pending" } else { "success" };
        let (id, sha) = (repository * 100 + number, commit.sha.clone());
        actions.statuses.push(Status { id, sha, context: "ci/lint".to_owned(), state });
    }
    for number in 1..=PULLS {
        let state = if number.is_multiple_of(4) { "failure" } else { "success" };
        let sha = content.git.branches.get(&format!("feature/{number}")).cloned().unwrap_or_default();
        let id = repository * 100 + 60 + number;
        actions.statuses.push(Status { id, sha, context: "ci/lint".to_owned(), state });
    }
    let sha = content.git.branches.get("main").cloned().unwrap_or_default();
    let (id, on) = (repository * 10_000 + 9, Subject::Commit(sha));
    let body = "Well done.".to_owned();
    content.tracker.comments.push(Comment { id, on, author: OCTOCAT, body, at: BEGIN });
}

/// One release per tag; the newest but one is a prerelease, and a draft comes before all of them.
fn add_releases(content: &mut Content, repository: u64) {
    let tags: Vec<_> = content.git.tags.iter().rev().map(|tag| (tag.name.clone(), tag.at)).collect();
    for (at, (tag, time)) in (1..).zip(tags) {
        let id = repository * 10 + at;
        let assets = vec![Asset { id: id * 10, name: "rocket.tar.gz".to_owned(), size: 1024 }];
        let release = Release { id, tag, draft: false, prerelease: at == 3, author: MONA, at: time, assets };
        content.releases.insert(0, release);
    }
    let draft = Release {
        id: repository * 10 + 9,
        tag: "v1.0.0".to_owned(),
        draft: true,
        prerelease: false,
        author: MONA,
        at: after(200),
        assets: Vec::new(),
    };
    content.releases.insert(0, draft);
}

/// What only some see, and what of it shows in `acme/rocket`: to them.
fn add_private_parts(state: &mut State) {
    let text = PRIVATE_TEXT.to_owned();
    let plan = Issue {
        number: 1,
        title: text.clone(),
        body: text.clone(),
        author: MONA,
        labels: Vec::new(),
        milestone: None,
        assignees: Vec::new(),
        created_at: BEGIN,
        closed_at: None,
        pull: None,
    };
    state.contents.edit(PRIVATE_FORK).tracker.issues.push(plan);
    let tracker = &mut state.contents.edit(ROCKET).tracker;
    let mentions = |from| Reference { issue: MENTIONED_ISSUE, from, actor: MONA, at: after(150) };
    tracker.references = vec![mentions((PRIVATE_FORK, 1)), mentions((WEBSITE, MENTIONED_ISSUE))];
    let (pull, id) = (PULL_IN_REVIEW, ROCKET * 10_000 + PULL_IN_REVIEW * 10 + 3);
    let begun = Review { id, pull, author: MONA, state: "PENDING", body: text.clone() };
    tracker.reviews.push(begun);
    let on = Subject::Review { pull, review: id };
    tracker.comments.push(Comment { id: id + 6, on, author: MONA, body: text, at: after(150) });
    for issue in &mut tracker.issues {
        let Some(pull) = &mut issue.pull else { continue };
        if issue.number == PULL_OF_FORK {
            pull.fork = Some(PRIVATE_FORK);
            pull.closes = vec![(PRIVATE_FORK, 1)];
        }
        if issue.number == PULL_OF_TEAM {
            let team = |id, slug: &str, secret| Team { id, slug: slug.to_owned(), secret };
            pull.teams = vec![team(1, "for-few-eyes-only", true), team(2, "pilots", false)];
        }
    }
}

fn add_social(state: &mut State) {
    state.social.follows = vec![(HUBOT, MONA), (OCTOCAT, MONA), (MONA, OCTOCAT), (MONA, ACME)];
    state.social.stars = vec![(MALLORY, ROCKET), (OCTOCAT, ROCKET), (HUBOT, WEBSITE)];
    state.social.keys = vec![(1, MONA, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMq".to_owned())];
    let gist = |id: &str, public| Gist {
        id: id.to_owned(),
        owner: MONA,
        public,
        file: "hello.txt".to_owned(),
        text: "Hello.\n".to_owned(),
    };
    state.social.gists = vec![gist("aa5a315d61ae9438b18d", true), gist("bb5a315d61ae9438b18d", false)];
}
