//! Labels, milestones and who may be assigned.

use crate::call::answer::{Answer, Outcome};
use crate::call::site::Site;
use crate::views::issues as views;

/// All labels.
pub(crate) fn list(site: &Site<'_>) -> Outcome {
    site.list(&site.content.tracker.labels, |label| views::label(label, site))
}

/// One label, whatever the case.
pub(crate) fn get(site: &Site<'_>) -> Outcome {
    let name = site.call.param("name");
    let found = site.content.tracker.labels.iter().find(|it| it.name.eq_ignore_ascii_case(&name));
    Ok(Answer::ok(views::label(found.ok_or_else(Answer::not_found)?, site)))
}

/// Milestones; open ones unless `state` says otherwise.
pub(crate) fn milestones(site: &Site<'_>) -> Outcome {
    let state = site.call.query_text("state").unwrap_or_else(|| "open".to_owned());
    let matching =
        site.content.tracker.milestones.iter().filter(|it| state == "all" || it.open == (state == "open"));
    site.list(matching, |it| views::milestone(it, site))
}

/// One milestone.
pub(crate) fn milestone(site: &Site<'_>) -> Outcome {
    let number = site.call.id("milestone_number");
    let found = site.content.tracker.milestones.iter().find(|it| Some(it.number) == number);
    Ok(Answer::ok(views::milestone(found.ok_or_else(Answer::not_found)?, site)))
}

/// Members of the organization that owns the repository.
pub(crate) fn assignees(site: &Site<'_>) -> Outcome {
    let members = site.state.accounts.iter().filter(|it| site.is_assignable(it.id));
    site.list(members, |it| site.user(it.id))
}

/// Whether issues may be assigned to a user.
pub(crate) fn assignee(site: &Site<'_>) -> Outcome {
    let found = site.state.accounts.find_user(&site.call.param("assignee"));
    found.filter(|it| site.is_assignable(it.id)).ok_or_else(Answer::not_found)?;
    Ok(Answer::no_content())
}
