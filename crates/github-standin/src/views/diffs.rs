//! What changes, as text: `application/vnd.github.diff` and `application/vnd.github.patch`.
//!
//! <https://docs.github.com/rest/using-the-rest-api/getting-started-with-the-rest-api>, "Media
//! types"

use super::pulls::HUNK;
use crate::call::answer::Answer;
use crate::call::site::Site;
use crate::model::clock;
use crate::model::content::git::Commit;
use crate::model::content::issues::Pull;

/// The difference of a pull request, if the caller asks for text.
pub(crate) fn of_pull(pull: &Pull, site: &Site<'_>) -> Option<Answer> {
    let commits: Vec<&Commit> = site.content.git.resolve(&pull.head).into_iter().collect();
    of_commits(&pull.path, &commits, site)
}

/// The difference that commits make together, if the caller asks for text.
pub(crate) fn of_commits(path: &str, commits: &[&Commit], site: &Site<'_>) -> Option<Answer> {
    if site.call.accepts("diff") {
        let text = if commits.is_empty() { String::new() } else { diff(path) };
        return Some(Answer::raw("application/vnd.github.diff; charset=utf-8", text.into_bytes()));
    }
    if site.call.accepts("patch") {
        let text: String = commits.iter().map(|commit| patch(path, commit, site)).collect();
        return Some(Answer::raw("application/vnd.github.patch; charset=utf-8", text.into_bytes()));
    }
    None
}

fn diff(path: &str) -> String {
    format!(
        "diff --git a/{path} b/{path}\nindex 0e1f2a3..4b5c6d7 100644\n--- a/{path}\n+++ b/{path}\n{HUNK}\n"
    )
}

/// As `git format-patch` writes it, which ends each one with git's version.
fn patch(path: &str, commit: &Commit, site: &Site<'_>) -> String {
    let login = site.state.accounts.get(commit.author).map_or("ghost", |author| &author.login);
    let email = format!("{}+{login}@users.noreply.github.com", commit.author);
    format!(
        "From {} Mon Sep 17 00:00:00 2001\nFrom: {login} <{email}>\nDate: {}\nSubject: [PATCH] {}\n\n---\n \
         {path} | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n{}-- \n2.43.0\n\n",
        commit.sha,
        clock::http_date(commit.at),
        commit.message,
        diff(path),
    )
}
