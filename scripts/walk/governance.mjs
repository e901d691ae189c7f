// Governance: an operator finds what is broken, changes the state by a plan, hands out and takes back access, and proves the audit.

import { Failure } from "../lib/failure.mjs";
import { health, identities, LOGIN, registration } from "./requests.mjs";

/** A pool of its own for what is broken, changed and removed: the pool that people use stays as it is. */
const SCRATCH = "scratch";
/** The machine that gets lost; the login of the walk itself is another one. */
const LOST_CLIENT = "lost-laptop";

export async function govern(talk, cast, callerToken) {
  const admin = { as: "the admin", token: cast.adminToken };
  await findBroken(talk, admin, cast);
  const before = await readState(talk, admin);
  await changeState(talk, admin, cast, before);
  await delegate(talk, admin, cast);
  await revokeClient(talk, admin, cast, callerToken);
  await tidyUp(talk, admin);
  await proveAudit(talk, admin);
}

async function findBroken(talk, admin, { broken }) {
  talk.step("An identity whose secret nobody set: it is registered with a warning");
  const warned = ({ warnings }) => (warnings.some(({ code }) => code === "secret_binding_missing") ? undefined : "there is no warning");
  await talk.request("POST", identities(SCRATCH), { ...admin, body: registration(broken), expect: 201, check: warned });
  talk.step("Verify it: the fix is a command");
  const check = ({ ok, checks }) => {
    if (ok !== false) return "it should have failed";
    return checks.some(({ fix }) => fix?.includes(broken.secretRef)) ? undefined : "no fix names the secret";
  };
  await talk.request("POST", `${identities(SCRATCH)}/${broken.id}/verify`, { ...admin, expect: 200, check });
}

async function readState(talk, admin) {
  talk.step("All there is as one document, and a hash of it; secrets are named, never contained");
  return talk.request("GET", STATE, { ...admin, expect: 200, brief: briefState });
}

async function changeState(talk, admin, { broken }, before) {
  const { desired, note } = mended(before.state, broken);
  const briefBody = { desired: note };
  talk.step("Plan a change: nothing is written, and what would change is shown field by field");
  const complete = ({ changes }) => (changes.length === 2 ? undefined : "there should be two changes");
  const plan = await talk.request("POST", "/v1/admin/plan", { ...admin, body: { desired }, briefBody, expect: 200, check: complete });
  talk.step("Apply it to the state that the plan was made on: all of it in one step, or nothing");
  const apply = (wanted, shown, expected) => {
    const body = { desired: wanted, state_hash: plan.state_hash };
    return talk.request("POST", APPLY, { ...admin, body, briefBody: { ...shown, state_hash: plan.state_hash }, ...expected });
  };
  const applied = ({ state_hash: now }) => (now === plan.state_hash ? "the state is the same as before" : undefined);
  await apply(desired, briefBody, { expect: 200, check: applied, brief: briefChanges });
  talk.step("Refuse an apply whose plan went stale: the state is another one now");
  await apply(before.state, { desired: "… as it was …" }, { expect: 409, code: "state_changed" });
}

/** The state without the broken identity, and with the other choice about searches: whatever an earlier walk left, both are changes. */
function mended(state, { id }) {
  const desired = structuredClone(state);
  const pool = desired.pools[SCRATCH];
  if (!pool?.identities?.[id]) throw new Failure(`the state does not have ${id} in ${SCRATCH}`);
  delete pool.identities[id];
  const search = pool.policy?.allow_search !== true;
  pool.policy = { ...pool.policy, allow_search: search };
  return { desired, note: `… the document above, in ${SCRATCH} without ${id} and with "allow_search": ${search} …` };
}

async function delegate(talk, admin, { pool }) {
  // A name of its own each time, and an end: a walk that breaks off leaves nothing that hinders the next one or stays open.
  const name = `walk-${Date.now().toString(36)}`;
  talk.step(`A named admin token for the pool ${SCRATCH} alone, for ten minutes`);
  const body = { name, pool: SCRATCH, expires_at: new Date(Date.now() + 600_000).toISOString() };
  const { token } = await talk.request("POST", TOKENS, { ...admin, body, expect: 201 });
  const lead = { as: name, token };
  await talk.request("GET", `/v1/admin/pools/${SCRATCH}`, { ...lead, expect: 200 });
  talk.step("It opens no other pool");
  await talk.request("GET", `/v1/admin/pools/${pool}`, { ...lead, expect: 403, code: "pool_denied" });
  talk.step("Revoked, it opens nothing any more, at once");
  await talk.request("DELETE", `${TOKENS}/${name}`, { ...admin, expect: 204 });
  await talk.request("GET", `/v1/admin/pools/${SCRATCH}`, { ...lead, expect: 401, code: "invalid_admin_auth" });
}

async function revokeClient(talk, admin, { pool, caller }, callerToken) {
  talk.step(`${caller.login} logs in from a second machine, which works`);
  const body = { github_token: caller.token, client_name: LOST_CLIENT, pool };
  const { token, caller: seen } = await talk.request("POST", LOGIN, { body, expect: 201 });
  const lost = { as: `${caller.login} on ${LOST_CLIENT}`, token };
  const brief = ({ identities_total: total, identities_healthy: healthy }) => ({ identities_total: total, identities_healthy: healthy, "…": "…" });
  await talk.request("GET", health(pool), { ...lost, expect: 200, brief });
  talk.step("That machine is lost: its token opens nothing any more, at once, and the other machine's still does");
  await talk.request("DELETE", `/v1/admin/callers/${seen.id}/clients/${LOST_CLIENT}`, { ...admin, expect: 204 });
  await talk.request("GET", health(pool), { ...lost, expect: 401, code: "invalid_auth" });
  await talk.request("GET", health(pool), { as: caller.login, token: callerToken, expect: 200, brief });
}

async function tidyUp(talk, admin) {
  talk.step("A pool without callers and identities can go");
  await talk.request("DELETE", `/v1/admin/pools/${SCRATCH}`, { ...admin, expect: 204 });
}

async function proveAudit(talk, admin) {
  talk.step("Who did what? Refusals are in the audit, too, once a minute for each kind");
  // Not the newest for sure: a refusal is written after its answer.
  const check = ({ events }) => (events.some(({ action }) => action === "pool.delete") ? undefined : "the pool's deletion is missing");
  await talk.request("GET", "/v1/admin/audit?limit=8", { ...admin, expect: 200, check, brief: briefEvents });
  talk.step("And nobody edited it: every event is there, in its place, and says what it said");
  const whole = ({ ok }) => (ok === true ? undefined : "an event is not as it was written");
  await talk.request("GET", "/v1/admin/audit/verify", { ...admin, expect: 200, check: whole });
}

const STATE = "/v1/admin/state";
const APPLY = "/v1/admin/apply";
const TOKENS = "/v1/admin/tokens";

/** Of each pool how much is in it, but the pool that is about to change as it is. */
function briefState({ state, state_hash: hash }) {
  const pools = Object.entries(state.pools).map(([name, pool]) => [name, name === SCRATCH ? pool : `… ${Object.keys(pool.identities).length} identities …`]);
  return { state: { pools: Object.fromEntries(pools), callers: `… ${Object.keys(state.callers).length} …` }, state_hash: hash };
}

function briefChanges({ changes, ...rest }) {
  return { changes: changes.map(({ action, kind, id }) => `${action} ${kind} ${id}`), ...rest };
}

function briefEvents({ events, next_cursor: next }) {
  const shown = events.map(({ seq, actor, action, pool, subject }) => ({ seq, actor, action, pool, subject }));
  return { events: shown, next_cursor: next && "…" };
}
