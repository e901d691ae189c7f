//! Statistics of a repository, counted from its commits. An empty repository has none: 204.

use serde_json::{Value, json};

use super::metadata::authors;
use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;

const WEEK: i64 = 7 * 86_400;
/// "Weeks" of a year in GitHub's answers.
const WEEKS: i64 = 52;

/// Commits per week of the year that ends with the newest commit: when a week begins, and how many.
fn weeks(site: &Site<'_>) -> Vec<(i64, usize)> {
    let commits = &site.content.git.commits;
    let Some(newest) = commits.iter().map(|commit| commit.at).max() else { return Vec::new() };
    let last = newest - newest % WEEK;
    (0..WEEKS)
        .map(|week| last - (WEEKS - 1 - week) * WEEK)
        .map(|begin| (begin, commits.iter().filter(|it| (begin..begin + WEEK).contains(&it.at)).count()))
        .collect()
}

fn counted(site: &Site<'_>, body: impl Fn(Vec<(i64, usize)>) -> Value) -> Answer {
    let weeks = weeks(site);
    if weeks.is_empty() { Answer::no_content() } else { Answer::ok(body(weeks)) }
}

/// Weeks per author.
pub(crate) fn contributors(site: &Site<'_>) -> Outcome {
    Ok(counted(site, |weeks| {
        let begin = weeks.last().map(|(begin, _)| *begin);
        let view = |(id, commits)| {
            let week = json!({ "w": begin, "a": commits, "d": commits, "c": commits });
            json!({ "author": site.user(id), "total": commits, "weeks": [week] })
        };
        authors(site).into_iter().map(view).collect()
    }))
}

/// Commits per week.
pub(crate) fn commit_activity(site: &Site<'_>) -> Outcome {
    let view = |(week, total): (i64, usize)| json!({ "week": week, "total": total, "days": [total, 0, 0, 0, 0, 0, 0] });
    Ok(counted(site, |weeks| weeks.into_iter().map(view).collect()))
}

/// Lines added and deleted per week.
pub(crate) fn code_frequency(site: &Site<'_>) -> Outcome {
    Ok(counted(site, |weeks| weeks.into_iter().map(|(week, total)| json!([week, total, 0])).collect()))
}

/// Commits per week: all, and the owner's.
pub(crate) fn participation(site: &Site<'_>) -> Outcome {
    let all: Vec<usize> = weeks(site).into_iter().map(|(_, total)| total).collect();
    let owner = vec![0; all.len()];
    Ok(Answer::ok(json!({ "all": all, "owner": owner })))
}

/// Commits per hour of the week.
pub(crate) fn punch_card(site: &Site<'_>) -> Outcome {
    let commits = &site.content.git.commits;
    // 1970 began on a Thursday, GitHub's weeks on a Sunday.
    let slot = |at: i64| ((at / 86_400 + 4) % 7, at / 3600 % 24);
    let cards = |day: i64| (0..24).map(move |hour| (day, hour));
    let view =
        |at: (i64, i64)| json!([at.0, at.1, commits.iter().filter(|commit| slot(commit.at) == at).count()]);
    Ok(counted(site, |_| (0..7).flat_map(cards).map(view).collect()))
}
