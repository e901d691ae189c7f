// Octokit's REST client against octopool and against GitHub itself: the same code, another base URL and token.
//
// node octokit.mjs, with OCTOPOOL_BASE, OCTOPOOL_TOKEN, GITHUB_BASE and GITHUB_TOKEN in the environment.

import assert from "node:assert/strict";

import { Octokit } from "@octokit/rest";

const { OCTOPOOL_BASE, OCTOPOOL_TOKEN, GITHUB_BASE, GITHUB_TOKEN } = process.env;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const pool = new Octokit({ baseUrl: `${OCTOPOOL_BASE}/api/v3`, auth: OCTOPOOL_TOKEN, log: quiet });
const github = new Octokit({ baseUrl: GITHUB_BASE, auth: GITHUB_TOKEN, log: quiet });
const rocket = { owner: "acme", repo: "rocket" };
const requests = [];
pool.hook.after("request", (response) => requests.push(response.headers["x-octopool-cache"]));

/** What only the asking identity sees, which octopool takes out. */
function publicly(value) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(publicly);
  const hidden = new Set(["permissions", "temp_clone_token", "role_name"]);
  return Object.fromEntries(Object.entries(value).filter(([name]) => !hidden.has(name)).map(([name, inner]) => [name, publicly(inner)]));
}

/** The same with GitHub's addresses: those of the API are octopool's in its answers. */
function atGithub(value) {
  return JSON.parse(JSON.stringify(value).replaceAll(`${OCTOPOOL_BASE}/api/v3/`, `${GITHUB_BASE}/`));
}

/** Both say the same. */
async function same(what, ask) {
  const [ours, theirs] = [await ask(pool), await ask(github)];
  assert.deepEqual(publicly(atGithub(ours.data ?? ours)), publicly(theirs.data ?? theirs), what);
  return ours.data ?? ours;
}

const repository = await same("a repository", (octokit) => octokit.repos.get(rocket));
assert.equal(repository.full_name, "acme/rocket");
const issues = await same("all issues", (octokit) => octokit.paginate(octokit.issues.listForRepo, { ...rocket, state: "all", per_page: 50 }));
assert.ok(issues.length > 120, `${issues.length} issues: several pages`);
await same("an issue", (octokit) => octokit.issues.get({ ...rocket, issue_number: 15 }));
await same("its comments", (octokit) => octokit.issues.listComments({ ...rocket, issue_number: 15 }));
const pulls = await same("pull requests", (octokit) => octokit.pulls.list({ ...rocket, state: "all" }));
const pull = { ...rocket, pull_number: pulls[0].number };
await same("a pull request", (octokit) => octokit.pulls.get(pull));
await same("its files", (octokit) => octokit.pulls.listFiles(pull));
await same("its reviews", (octokit) => octokit.pulls.listReviews(pull));
const commits = await same("commits", (octokit) => octokit.paginate(octokit.repos.listCommits, { ...rocket, per_page: 15 }));
await same("a commit", (octokit) => octokit.repos.getCommit({ ...rocket, ref: commits[0].sha }));
await same("a file", (octokit) => octokit.repos.getContent({ ...rocket, path: "README.md" }));
await same("a folder", (octokit) => octokit.repos.getContent({ ...rocket, path: "src" }));
await same("a raw file", (octokit) => octokit.repos.getContent({ ...rocket, path: "README.md", mediaType: { format: "raw" } }));
await same("issues by search", (octokit) => octokit.search.issuesAndPullRequests({ q: "repo:acme/rocket is:issue is:open", per_page: 5 }));
await same("repositories by search", (octokit) => octokit.search.repos({ q: "rocket" }));
await same("branches", (octokit) => octokit.repos.listBranches(rocket));
const releases = await pool.repos.listReleases(rocket);
assert.ok(releases.data.length > 0 && releases.data.every((release) => !release.draft), "no drafts");
assert.equal((await pool.users.getAuthenticated()).data.login, "octocat");
// The job log: one hop away.
const { data: runs } = await pool.actions.listWorkflowRunsForRepo({ ...rocket, per_page: 1 });
const { data: jobs } = await pool.actions.listJobsForWorkflowRun({ ...rocket, run_id: runs.workflow_runs[0].id });
const log = await pool.request("GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs", { ...rocket, job_id: jobs.jobs[0].id });
assert.ok(String(log.data).length > 0, "a log");
// Conditional requests.
const { headers } = await pool.repos.get(rocket);
const unchanged = await pool.repos.get({ ...rocket, headers: { "if-none-match": headers.etag } }).catch((error) => error);
assert.equal(unchanged.status, 304);
// Errors have GitHub's form, GitHub's own and octopool's.
const missing = await pool.issues.get({ ...rocket, issue_number: 99_999 }).catch((error) => error);
assert.equal(missing.status, 404);
assert.match(missing.message, /Not Found/);
const hidden = await pool.repos.get({ owner: "acme", repo: "secret-plans" }).catch((error) => error);
assert.equal(hidden.status, 404);
assert.equal(hidden.response.data.errors[0].details.reason, "repo_not_public");
const before = requests.length;
await pool.repos.get(rocket);
assert.deepEqual(requests.slice(before), ["hit"]);
console.log(`${requests.length} answers, ${requests.filter((cache) => cache === "hit").length} of them from the cache`);
