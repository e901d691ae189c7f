// How people and identities come into a pool: an admin provisions a caller and registers identities, a member logs in.

import { identities, LOGIN, registration } from "./requests.mjs";

/** @returns {Promise<string>} the token of the login at the end */
export async function letIn(talk, cast) {
  await discover(talk);
  await provisionCaller(talk, cast);
  await registerIdentity(talk, "Register a personal access token: the name of its secret, never the token", cast, cast.pat);
  await registerIdentity(talk, "Register an installation of a GitHub App", cast, cast.app);
  await verifyIdentity(talk, "Verify the token: GitHub accepts it, and it is whose it should be", cast, cast.pat);
  await verifyIdentity(talk, "Verify the App: sign a JWT with its key, get an installation token", cast, cast.app);
  await refuseConflict(talk, cast);
  const callerToken = await logIn(talk, cast);
  await refuseStranger(talk, cast);
  return callerToken;
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
