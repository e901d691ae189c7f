// The main job of octopool on real requests: an admin provisions a caller and identities, a member logs in and reads GitHub.

import { Conversation } from "./lib/conversation.mjs";
import { Failure } from "./lib/failure.mjs";

/**
 * Walks through it with a Worker that runs; fails at the first answer that is not as it should be. It can be repeated
 * on the same database.
 *
 * @param {string} url the Worker
 * @param {import("./lib/cast.mjs").Cast} cast
 * @returns {Promise<{ summary: string, callerToken: string }>} the token of the login at the end
 */
export async function walk(url, cast) {
  const talk = new Conversation(url);
  await discover(talk);
  await provisionCaller(talk, cast);
  await registerIdentity(talk, "Register a personal access token: the name of its secret, never the token", cast, cast.pat);
  await registerIdentity(talk, "Register an installation of a GitHub App", cast, cast.app);
  await verifyIdentity(talk, "Verify the token: GitHub accepts it, and it is whose it should be", cast, cast.pat);
  await verifyIdentity(talk, "Verify the App: sign a JWT with its key, get an installation token", cast, cast.app);
  await refuseConflict(talk, cast);
  const callerToken = await logIn(talk, cast);
  await refuseStranger(talk, cast);
  await readGithub(talk, cast, callerToken);
  await askForHealth(talk, cast, callerToken);
  await askForStats(talk, cast, callerToken);
  return { summary: talk.summary, callerToken };
}

async function discover(talk) {
  talk.step("What a client asks first: who are you?");
  await talk.request("GET", "/.well-known/octopool", { expect: 200 });
}

async function provisionCaller(talk, { pool, adminToken, caller }) {
  talk.step(`The admin lets ${caller.login} use the pool ${pool}`);
  const body = { pool, github_login: caller.login };
  await talk.request("POST", "/v1/admin/callers", { as: "the admin", token: adminToken, body, expect: 201 });
}

async function registerIdentity(talk, title, { pool, adminToken }, identity) {
  if (identity.skip) return talk.skip(title, identity.skip);
  talk.step(title);
  const body = registration(identity);
  await talk.request("POST", identities(pool), { as: "the admin", token: adminToken, body, expect: 201 });
}

async function verifyIdentity(talk, title, { pool, adminToken }, identity) {
  if (identity.skip) return talk.skip(title, identity.skip);
  talk.step(title);
  const path = `${identities(pool)}/${identity.id}/verify`;
  const check = (answer) => (answer.ok === true ? undefined : "a check failed");
  await talk.request("POST", path, { as: "the admin", token: adminToken, expect: 200, check });
}

async function refuseConflict(talk, { adminToken, pat, app }) {
  const title = "Refuse an identity that belongs to another pool already";
  const identity = pat.skip ? app : pat;
  if (identity.skip) return talk.skip(title, "no identity is registered");
  talk.step(title);
  const expected = { expect: 409, code: "identity_conflict" };
  const body = registration(identity);
  await talk.request("POST", identities("triage"), { as: "the admin", token: adminToken, body, ...expected });
}

async function logIn(talk, { pool, caller }) {
  talk.step(`${caller.login} logs in with the GitHub token that \`gh\` has, and gets one for octopool`);
  const body = { github_token: caller.token, client_name: "laptop", pool };
  const check = ({ caller: seen }) => (seen?.github_login === caller.login ? undefined : "another account was logged in");
  return (await talk.request("POST", LOGIN, { body, expect: 201, check })).token;
}

async function refuseStranger(talk, { pool, stranger }) {
  const title = "Refuse a member of the org whom the admin did not let in";
  if (stranger.skip) return talk.skip(title, stranger.skip);
  talk.step(title);
  const body = { github_token: stranger.token, client_name: "laptop", pool };
  await talk.request("POST", LOGIN, { body, expect: 403, code: "caller_not_provisioned" });
}

async function readGithub(talk, cast, token) {
  const { reads, pat, app, github } = cast;
  const by = (identity, cache) => (answer) => {
    if (answer.status !== 200) return `GitHub's answer is ${answer.status}`;
    if (identity && answer.identity?.id !== identity.id) return `${identity.id} should have served`;
    return answer.relay.cache === cache ? undefined : `it came as ${answer.relay.cache}, not as ${cache}`;
  };
  const fresh = { headers: { "cache-control": "max-age=0" } };
  const onlyOne = pat.skip || app.skip;
  await readStep(talk, cast, token, "Read GitHub through the pool: the token serves", reads.byPat, pat, fresh, by(onlyOne ? null : pat, "miss"));
  const before = await github.countOf?.(reads.byPat);
  await readStep(talk, cast, token, "Read it again: it costs GitHub nothing", reads.byPat, pat, {}, by(null, "hit"));
  if ((await github.countOf?.(reads.byPat)) !== before) throw new Failure("GitHub was asked again");
  await readStep(talk, cast, token, "Read something that only the App serves, with an installation token", reads.byApp, app, fresh, by(onlyOne ? null : app, "miss"));
  await refuseHidden(talk, cast, token);
  await takeOver(talk, cast, token, fresh, by(app, "miss"));
}

async function readStep(talk, { pool, reads, caller }, token, title, path, identity, more, check) {
  const skip = reads.skip ?? identity.skip;
  if (skip) return talk.skip(title, skip);
  talk.step(title);
  const body = { pool, method: "GET", path, ...more };
  await talk.request("POST", RELAY, { as: caller.login, token, body, expect: 200, check, brief });
}

async function refuseHidden(talk, { pool, reads, caller }, token) {
  const title = "Refuse a private repository, although the token could read it";
  if (!reads.hidden) return talk.skip(title, reads.skip ?? "no private repository is named");
  talk.step(title);
  const body = { pool, method: "GET", path: reads.hidden };
  const check = ({ error }) => (error.details?.reason === "repo_not_public" ? undefined : "the reason is another one");
  await talk.request("POST", RELAY, { as: caller.login, token, body, expect: 424, code: "fallback_local", check });
}

async function takeOver(talk, cast, token, fresh, check) {
  const { github, reads } = cast;
  const title = "GitHub limits the token: it cools down, and the App takes over within the same request";
  if (github.skip) return talk.skip(title, github.skip);
  await github.refuseOnce(reads.limited, COOL_SECONDS);
  await readStep(talk, cast, token, title, reads.limited, cast.app, fresh, check);
}

/** A long answer's beginning. */
function brief({ status, body, identity, relay }) {
  const names = Object.entries(body ?? {}).slice(0, 4).map(([name, value]) => [name, typeof value === "object" ? "…" : value]);
  return { status, body: { ...Object.fromEntries(names), "…": "…" }, identity, relay };
}

async function askForStats(talk, { pool, caller }, token) {
  talk.step("And how much is it used?");
  const path = `/v1/pools/${pool}/stats?since=1h`;
  const brief = ({ window, pool_usage, fallback_reasons, cache }) => ({ window, pool_usage, fallback_reasons, cache });
  await talk.request("GET", path, { as: caller.login, token, expect: 200, brief });
}

async function askForHealth(talk, { pool, caller, pat, app }, token) {
  talk.step("How is the pool?");
  const registered = [pat, app].filter((identity) => !identity.skip).length;
  const check = ({ identities_total: total }) => (total >= registered ? undefined : "an identity is missing");
  await talk.request("GET", `/v1/pools/${pool}/health`, { as: caller.login, token, expect: 200, check });
}

const LOGIN = "/v1/login/github-cli";
const RELAY = "/v1/github/request";
/** Short, so that the walk can be repeated. */
const COOL_SECONDS = 3;
const identities = (pool) => `/v1/admin/pools/${pool}/identities`;

function registration({ id, login, secretRef, scope, repo, weight, installationId }) {
  const app = installationId && { kind: "github_app", installation_id: installationId };
  return { id, login, secret_ref: secretRef, ...app, ...(weight && { weight }), scopes: [{ owner: scope, ...(repo && { repo }) }] };
}
