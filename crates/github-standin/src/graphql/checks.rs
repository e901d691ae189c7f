//! Check runs and statuses of a commit, and workflow runs.

use apollo_compiler::resolvers::{ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Value, json};

use super::connection::connection_with;
use super::object::{Field, Plain, Shared, leaf};
use crate::call::site::Site;
use crate::model::clock::rfc3339;
use crate::model::content::actions::{Run, Status};
use crate::views::UPDATED_AT;

/// `StatusCheckRollup`: everything that was said about a commit.
struct Rollup<'a> {
    runs: Vec<&'a Run>,
    statuses: Vec<&'a Status>,
    site: Site<'a>,
}

/// Null for a commit about which nothing was said.
pub(super) fn rollup<'a>(sha: &str, site: Site<'a>) -> ResolvedValue<'a> {
    let actions = &site.content.actions;
    let runs: Vec<_> = actions.runs.iter().filter(|run| run.head == sha).collect();
    let statuses: Vec<_> = actions.statuses.iter().filter(|status| status.sha == sha).collect();
    let said = !runs.is_empty() || !statuses.is_empty();
    ResolvedValue::nullable_object(said.then_some(Rollup { runs, statuses, site }))
}

impl Rollup<'_> {
    /// Failure wins over pending, and pending over success.
    fn state(&self) -> &'static str {
        let runs = self.runs.iter().map(|run| match run.conclusion {
            None => "PENDING",
            Some("success" | "neutral" | "skipped") => "SUCCESS",
            Some(_) => "FAILURE",
        });
        let states: Vec<String> =
            runs.map(str::to_owned).chain(self.statuses.iter().map(|it| state(it))).collect();
        let worst =
            ["ERROR", "FAILURE", "PENDING"].into_iter().find(|it| states.iter().any(|state| state == it));
        worst.unwrap_or("SUCCESS")
    }

    /// How many there are of each kind and state.
    fn counts(&self) -> Value {
        let runs: Vec<String> =
            self.runs.iter().map(|run| run.conclusion.unwrap_or(run.status()).to_uppercase()).collect();
        let statuses: Vec<String> = self.statuses.iter().map(|it| state(it)).collect();
        json!({
            "checkRunCount": runs.len(),
            "checkRunCountsByState": by_state(&runs, "CheckRunStateCount"),
            "statusContextCount": statuses.len(),
            "statusContextCountsByState": by_state(&statuses, "StatusContextStateCount"),
        })
    }
}

fn by_state(states: &[String], kind: &str) -> Vec<Value> {
    let distinct: std::collections::BTreeSet<&String> = states.iter().collect();
    let count = |wanted: &String| states.iter().filter(|state| *state == wanted).count();
    distinct.into_iter().map(|it| json!({ "__typename": kind, "state": it, "count": count(it) })).collect()
}

impl ObjectValue for Rollup<'_> {
    fn type_name(&self) -> &'static str {
        "StatusCheckRollup"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Field<'a> {
        match info.field_name() {
            "state" => Ok(leaf(self.state())),
            "contexts" => {
                let site = self.site;
                let runs = self.runs.iter().map(|it| Shared::new(Plain::new(check_run(it, &site))));
                let statuses = self.statuses.iter().map(|it| Shared::new(Plain::new(status(it))));
                connection_with(info, runs.chain(statuses), |it| it, self.counts())
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

fn check_run(it: &Run, site: &Site<'_>) -> Value {
    let id = it.job(it.attempt);
    let details = site.html(&format!("/actions/runs/{}/job/{id}", it.id));
    json!({
        "__typename": "CheckRun",
        "id": format!("CR_{id}"),
        "databaseId": id,
        "name": "build",
        "status": it.status().to_uppercase(),
        "conclusion": it.conclusion.map(str::to_uppercase),
        "startedAt": rfc3339(it.at),
        "completedAt": it.conclusion.map(|_| rfc3339(it.at + 60)),
        "detailsUrl": details,
        "url": details,
        "title": null, "summary": null,
        "isRequired": false,
        "checkSuite": {
            "__typename": "CheckSuite",
            "id": format!("CS_{}", it.suite()),
            "databaseId": it.suite(),
            "status": it.status().to_uppercase(),
            "conclusion": it.conclusion.map(str::to_uppercase),
            "workflowRun": workflow_run(it, site),
        },
    })
}

fn workflow_run(it: &Run, site: &Site<'_>) -> Value {
    let workflow = site.content.actions.workflows.iter().find(|known| known.id == it.workflow);
    json!({
        "__typename": "WorkflowRun",
        "id": format!("WFR_{}", it.id),
        "databaseId": it.id,
        "event": "push",
        "runNumber": it.number,
        "url": site.html(&format!("/actions/runs/{}", it.id)),
        "workflow": workflow.map(|known| json!({
            "__typename": "Workflow",
            "id": format!("W_{}", known.id),
            "databaseId": known.id,
            "name": known.name,
            "state": "ACTIVE",
        })),
    })
}

fn state(it: &Status) -> String {
    it.state.to_uppercase()
}

fn status(it: &Status) -> Value {
    json!({
        "__typename": "StatusContext",
        "id": format!("SC_{}", it.id),
        "context": it.context,
        "state": state(it),
        "targetUrl": null,
        "description": null,
        "createdAt": UPDATED_AT,
        "isRequired": false,
    })
}
