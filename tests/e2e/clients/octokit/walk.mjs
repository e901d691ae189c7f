// Octokit with its plugins for retries and throttling walks through acme/rocket of the stand-in's seed, by base URL alone.
//
// node walk.mjs, with WALK_BASE, WALK_TOKEN and WALK_LOGIN in the environment.

import assert from "node:assert/strict";

import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";

const { WALK_BASE, WALK_TOKEN, WALK_LOGIN } = process.env;
const rocket = { owner: "acme", repo: "rocket" };
const sent = [];
let steps = 0;

/** Sees every request that leaves, also those that a plugin sends again. */
function counted(url, options) {
  sent.push(String(url));
  return fetch(url, options);
}

const limited = (retryAfter, { method, url }) => assert.fail(`${method} ${url} was told to wait ${retryAfter} s`);
const octokit = new (Octokit.plugin(retry, throttling))({
  baseUrl: WALK_BASE,
  auth: WALK_TOKEN,
  request: { fetch: counted },
  log: { debug() {}, info() {}, warn: console.warn, error() {} },
  throttle: { onRateLimit: limited, onSecondaryRateLimit: limited },
});

/** Asks, and holds that as many requests were sent: a final answer is not asked for again. */
async function step(what, ask, requests = 1) {
  const before = sent.length;
  const answer = await ask().catch((error) => assert.fail(`${what}: ${error.stack}\n${sent.slice(before).join(" ")}`));
  const astray = sent.slice(before).filter((url) => !url.startsWith(`${WALK_BASE}/`));
  assert.deepEqual(astray, [], `${what}: not below ${WALK_BASE}`);
  assert.equal(sent.length - before, requests, `${what}: ${sent.slice(before).join(" ")}`);
  steps += 1;
  return answer;
}

const data = async (what, ask, requests) => (await step(what, ask, requests)).data;

/** An error that is final: one request, and no wait before the plugin gives up. */
async function refused(what, status, ask) {
  const began = Date.now();
  const error = await step(what, () => ask().then(() => assert.fail(`${what}: no error`), (error) => error));
  assert.equal(error.status, status, `${what}: ${error.message}`);
  assert.ok(Date.now() - began < 2000, `${what} took ${Date.now() - began} ms`);
  return error;
}

/** The first two pages, the second one where the first one's `link` says. */
async function twoPages(what, method, parameters) {
  const pages = [];
  await step(what, async () => {
    for await (const page of octokit.paginate.iterator(method, { ...rocket, ...parameters })) {
      pages.push(page.data);
      if (pages.length === 2) break;
    }
  }, 2);
  return pages;
}

const pick = (items, name) => items.map((item) => item[name]);

// The repository.
const repository = await data("repository", () => octokit.repos.get(rocket));
assert.deepEqual([repository.id, repository.full_name, repository.private], [5002, "acme/rocket", false]);
const { default_branch: main } = repository;
assert.equal(main, "main");
assert.equal((await data("its address", () => octokit.request(repository.url))).id, 5002);
const tip = await data("a branch", () => octokit.repos.getBranch({ ...rocket, branch: main }));
assert.equal(tip.commit.commit.message, "Change 40 of rocket");
assert.ok((await data("languages", () => octokit.request(repository.languages_url))).Rust > 0);

// Pull requests.
const pulls = await twoPages("pulls", octokit.pulls.list, { state: "all", per_page: 5 });
assert.deepEqual(pulls.map((page) => pick(page, "number")), [[12, 11, 10, 9, 8], [7, 6, 5, 4, 3]]);
const pull = { ...rocket, pull_number: 7 };
const seven = await data("a pull", () => octokit.pulls.get(pull));
assert.deepEqual([seven.state, seven.head.ref, seven.base.ref, seven.mergeable], ["open", "feature/7", "main", true]);
assert.deepEqual(pick(await data("its files", () => octokit.pulls.listFiles(pull)), "filename"), ["src/lib.rs"]);
assert.equal((await data("its commits", () => octokit.request(seven.commits_url)))[0].commit.message, "Propose change 7");
assert.deepEqual(pick(await data("its reviews", () => octokit.pulls.listReviews(pull)), "state"), ["CHANGES_REQUESTED"]);
assert.deepEqual(pick(await data("its line comments", () => octokit.request(seven.review_comments_url)), "body"), ["Why?"]);
assert.equal((await data("its comments", () => octokit.request(seven.comments_url))).length, 3);
const diff = await data("its difference", () => octokit.pulls.get({ ...pull, mediaType: { format: "diff" } }));
assert.match(diff, /^diff --git a\/src\/lib.rs b\/src\/lib.rs\n/);
const patch = await data("its patch", () => octokit.pulls.get({ ...pull, mediaType: { format: "patch" } }));
assert.match(patch, /^From [0-9a-f]{40} /);

// Issues.
const issues = await twoPages("issues", octokit.issues.listForRepo, { state: "all", per_page: 50 });
assert.deepEqual([issues[0][0].number, issues[1][0].number, issues[1].length], [145, 95, 50]);
const issue = { ...rocket, issue_number: 15 };
const fifteen = await data("an issue", () => octokit.issues.get(issue));
assert.deepEqual([fifteen.state, fifteen.milestone.number, pick(fifteen.labels, "name")], ["closed", 1, ["good first issue"]]);
const comments = await twoPages("its comments", octokit.issues.listComments, { issue_number: 15, per_page: 2 });
assert.deepEqual(comments.map((page) => pick(page, "body")), [["Comment 0 on 15", "Comment 1 on 15"], ["Comment 2 on 15"]]);
assert.equal((await data("their address", () => octokit.request(comments[1][0].url))).body, "Comment 2 on 15");
assert.deepEqual(pick(await data("its events", () => octokit.issues.listEvents(issue)), "event"), ["labeled", "closed"]);
const timeline = await data("its timeline", () => octokit.issues.listEventsForTimeline(issue));
assert.ok(timeline.some(({ event }) => event === "closed") && timeline.some(({ event }) => event === "commented"));

// Checks and runs.
const runs = await twoPages("runs", octokit.actions.listWorkflowRunsForRepo, { per_page: 20 });
assert.deepEqual(runs.map((page) => [page[0].run_number, page.length]), [[35, 20], [15, 15]]);
const run = { ...rocket, run_id: 500207 };
const failed = await data("a run", () => octokit.actions.getWorkflowRun(run));
assert.deepEqual([failed.conclusion, failed.run_attempt], ["failure", 2]);
const jobs = await twoPages("jobs", octokit.actions.listJobsForWorkflowRun, { run_id: 500207, filter: "all", per_page: 1 });
assert.deepEqual(jobs.flat().map(({ id }) => id), [5002071, 5002072]);
assert.equal((await data("jobs where the run says", () => octokit.request(failed.jobs_url))).jobs[0].id, 5002072);
const log = await data("a log", () => octokit.actions.downloadJobLogsForWorkflowRun({ ...rocket, job_id: 5002072 }));
assert.match(String(log), /Job 5002072 begins/);
const checks = await twoPages("checks", octokit.checks.listForRef, { ref: failed.head_sha, filter: "all", per_page: 1 });
assert.deepEqual(checks.flat().map(({ id }) => id), [5002072, 5002071]);
assert.equal((await data("checks of a branch", () => octokit.checks.listForRef({ ...rocket, ref: main }))).check_runs[0].status, "in_progress");
assert.equal((await data("status", () => octokit.repos.getCombinedStatusForRef({ ...rocket, ref: main }))).state, "pending");
const workflows = await data("workflows", () => octokit.actions.listRepoWorkflows(rocket));
assert.deepEqual(pick(workflows.workflows, "path"), [".github/workflows/ci.yml"]);

// Contents.
for (const path of ["", "docs", "docs/", "docs/guide"]) {
  const entries = await data(`folder ${path}`, () => octokit.repos.getContent({ ...rocket, path }));
  assert.ok(Array.isArray(entries) && entries.length > 0, path);
}
const file = await data("a file", () => octokit.repos.getContent({ ...rocket, path: "docs/guide/launch.md" }));
assert.equal(Buffer.from(file.content, "base64").toString(), "# How to launch\n\nCount down to zero.\n");
assert.equal((await data("the file's address", () => octokit.request(file.url))).sha, file.sha);
assert.equal((await data("its blob", () => octokit.request(file.git_url))).content, file.content);
const raw = await data("a raw file", () => octokit.repos.getContent({ ...rocket, path: "src/lib.rs", ref: "feature/7", mediaType: { format: "raw" } }));
assert.equal(raw, "pub fn launch() {}\n");
assert.equal((await data("readme", () => octokit.repos.getReadme(rocket))).path, "README.md");

// Commits and references.
const commits = await twoPages("commits", octokit.repos.listCommits, { per_page: 15 });
assert.deepEqual(commits.map((page) => page[0].commit.message), ["Change 40 of rocket", "Change 25 of rocket"]);
const { sha } = commits[0][0];
assert.equal((await data("a commit", () => octokit.repos.getCommit({ ...rocket, ref: sha }))).files[0].filename, "README.md");
assert.equal(await data("only its sha", () => octokit.repos.getCommit({ ...rocket, ref: main, mediaType: { format: "sha" } })), sha);
assert.equal((await data("a commit of a branch", () => octokit.repos.getCommit({ ...rocket, ref: "feature/7" }))).sha, seven.head.sha);
const commit = await data("a commit object", () => octokit.git.getCommit({ ...rocket, commit_sha: sha }));
const tree = await data("its tree", () => octokit.request(commit.tree.url));
assert.ok(pick(tree.tree, "path").includes("README.md"));
const branches = await twoPages("branches", octokit.repos.listBranches, { per_page: 10 });
assert.deepEqual(branches.map((page) => page.length), [10, 3]);
assert.equal((await data("a branch with a slash", () => octokit.repos.getBranch({ ...rocket, branch: "feature/7" }))).commit.sha, seven.head.sha);
const ref = await data("a reference", () => octokit.git.getRef({ ...rocket, ref: "heads/feature/7" }));
assert.equal(ref.object.sha, seven.head.sha);
assert.equal((await data("all references", () => octokit.git.listMatchingRefs({ ...rocket, ref: "" }))).length, 17);
assert.equal((await data("matching references", () => octokit.git.listMatchingRefs({ ...rocket, ref: "heads/feature/" }))).length, 12);
const tag = await data("a tag's reference", () => octokit.git.getRef({ ...rocket, ref: "tags/v0.1.0" }));
assert.equal((await data("a tag", () => octokit.request(tag.object.url))).tag, "v0.1.0");
const comparison = await data("a comparison", () => octokit.repos.compareCommitsWithBasehead({ ...rocket, basehead: "v0.1.0...feature/7" }));
assert.deepEqual([comparison.status, comparison.ahead_by], ["ahead", 31]);

// Releases.
// Where an identity may push, GitHub's first page has a draft that octopool takes out.
const releases = await twoPages("releases", octokit.repos.listReleases, { per_page: 3 });
assert.deepEqual(pick(releases.flat(), "tag_name"), ["v0.4.0", "v0.3.0", "v0.2.0", "v0.1.0"]);
assert.equal((await data("the latest", () => octokit.repos.getLatestRelease(rocket))).tag_name, "v0.4.0");
const release = await data("a release by its tag", () => octokit.repos.getReleaseByTag({ ...rocket, tag: "v0.1.0" }));
assert.equal(release.id, 50021);
assert.equal((await data("a release's address", () => octokit.request(release.url))).id, 50021);
const assets = await data("its files", () => octokit.request(release.assets_url));
assert.deepEqual(assets.map(({ name, size }) => [name, size]), [["rocket.tar.gz", 1024]]);
assert.equal((await data("one of them", () => octokit.request(assets[0].url))).id, assets[0].id);
const octets = { ...rocket, asset_id: assets[0].id, headers: { accept: "application/octet-stream" } };
assert.equal((await data("its bytes", () => octokit.repos.getReleaseAsset(octets))).byteLength, 1024);
assert.ok((await data("an archive", () => octokit.repos.downloadTarballArchive({ ...rocket, ref: "v0.1.0" }))).byteLength > 0);
assert.ok((await data("an artifact", () => octokit.actions.downloadArtifact({ ...rocket, artifact_id: 1200207, archive_format: "zip" }))).byteLength > 0);
assert.ok((await data("logs of a run", () => octokit.actions.downloadWorkflowRunLogs(run))).byteLength > 0);

// Labels and people.
for (const name of ["good first issue", "area/engine room"]) {
  const label = await data(`label ${name}`, () => octokit.issues.getLabel({ ...rocket, name }));
  assert.equal(label.name, name);
  assert.equal((await data("its address", () => octokit.request(label.url))).id, label.id);
}
assert.equal((await data("a user", () => octokit.users.getByUsername({ username: "mona" }))).id, 1001);
assert.equal((await data("oneself", () => octokit.users.getAuthenticated())).login, WALK_LOGIN);
const found = await twoPages("search", octokit.search.issuesAndPullRequests, { q: "repo:acme/rocket is:issue is:open", per_page: 50 });
assert.deepEqual(found.map((page) => page.length), [50, 39]);
const rates = await data("rate limits", () => octokit.rateLimit.get());
assert.ok(rates.resources.core.limit > 0 && rates.resources.search.limit > 0);

// What is not there, and what is not shown. Both are final.
const missing = await refused("an issue that is not there", 404, () => octokit.issues.get({ ...rocket, issue_number: 99_999 }));
assert.match(missing.message, /Not Found/);
const hidden = await refused("a private repository", 404, () => octokit.repos.get({ owner: "acme", repo: "secret-plans" }));
assert.equal(typeof hidden.response.data.documentation_url, "string");
await refused("what is in a private repository", 404, () => octokit.issues.listForRepo({ owner: "acme", repo: "secret-plans" }));

// Conditional requests.
// Asked of GitHub like the next request, to which Node adds it by itself: for ten seconds the same identity answers, and
// another one may see other fields.
const { headers } = await step("a repository again", () => octokit.repos.get({ ...rocket, headers: { "cache-control": "no-cache" } }));
await refused("what did not change", 304, () => octokit.repos.get({ ...rocket, headers: { "if-none-match": headers.etag } }));

assert.equal(new Set(sent.filter((url) => url.includes("secret-plans"))).size, 2);
console.log(`octokit: ${steps} steps, ${sent.length} requests`);
