//! Workflow runs and their jobs. On GitHub a job is also a check run with the same id; so it is
//! here.

/// One repository's automation.
#[derive(Debug, Default)]
pub struct Actions {
    /// Workflow files.
    pub workflows: Vec<Workflow>,
    /// Runs, the newest first.
    pub runs: Vec<Run>,
    /// Statuses other systems have set.
    pub statuses: Vec<Status>,
}

/// A workflow file.
#[derive(Debug, Clone)]
pub struct Workflow {
    /// The number that identifies it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub path: String,
}

/// One run of a workflow. The ids of its check suite, of its only job and of its artifact follow
/// from its own.
#[derive(Debug, Clone)]
pub struct Run {
    /// The number that identifies it.
    pub id: u64,
    /// How often the workflow had run.
    pub number: u64,
    /// Id of the workflow.
    pub workflow: u64,
    /// The branch it ran on.
    pub branch: String,
    /// The commit it ran on.
    pub head: String,
    /// `success` or `failure`; it is still running while there is none.
    pub conclusion: Option<&'static str>,
    /// The last attempt.
    pub attempt: u64,
    /// Seconds since 1970.
    pub at: i64,
}

/// A commit status.
#[derive(Debug, Clone)]
pub struct Status {
    /// The number that identifies it.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// Who set it: `ci/lint`.
    pub context: String,
    /// `success`, `pending`, `failure` or `error`.
    pub state: &'static str,
}

impl Run {
    /// The id of the job of an attempt, which is also the id of its check run.
    pub fn job(&self, attempt: u64) -> u64 {
        self.id * 10 + attempt
    }

    /// The id of its check suite.
    pub fn suite(&self) -> u64 {
        self.id + 500_000
    }

    /// The id of its artifact.
    pub fn artifact(&self) -> u64 {
        self.id + 700_000
    }

    /// `completed` or `in_progress`.
    pub fn status(&self) -> &'static str {
        if self.conclusion.is_some() { "completed" } else { "in_progress" }
    }
}

impl Actions {
    /// The run with this id.
    pub fn run(&self, id: u64) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// The run and the attempt a job belongs to.
    pub fn job(&self, id: u64) -> Option<(&Run, u64)> {
        let run = self.run(id / 10)?;
        (1..=run.attempt).contains(&(id % 10)).then_some((run, id % 10))
    }

    /// The workflow with this id, or in the file with this name.
    pub fn workflow(&self, id: &str) -> Option<&Workflow> {
        self.workflows.iter().find(|it| it.id.to_string() == id || it.path.rsplit('/').next() == Some(id))
    }
}
