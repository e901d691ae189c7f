// The relay: GitHub is read through the pool, and the pool says how it is and how much it is used.

import { setTimeout as sleep } from "node:timers/promises";

import { Failure } from "../lib/failure.mjs";
import { health } from "./requests.mjs";

export async function readGithub(talk, cast, token) {
  const { reads, pat, app, github } = cast;
  if (!github.skip) await untilWarm(talk, cast, token);
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

/** Waits for what an earlier walk made cool down, seconds ago. */
async function untilWarm(talk, { pool }, token) {
  const { identities } = await talk.ask(health(pool), token);
  const ends = identities.map(({ cooldown_until: until }) => Date.parse(until) || 0);
  const wait = Math.max(0, ...ends) - Date.now();
  // Longer than the walk cools anything would be a fault that the next step shows.
  if (wait > 0) await sleep(Math.min(wait, COOL_SECONDS * 1000) + 100);
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

export async function askForHealth(talk, { pool, caller, pat, app }, token) {
  talk.step("How is the pool?");
  const registered = [pat, app].filter((identity) => !identity.skip).length;
  const check = ({ identities_total: total }) => (total >= registered ? undefined : "an identity is missing");
  await talk.request("GET", health(pool), { as: caller.login, token, expect: 200, check });
}

export async function askForStats(talk, { pool, caller }, token) {
  talk.step("And how much is it used?");
  const path = `/v1/pools/${pool}/stats?since=1h`;
  const brief = ({ window, pool_usage, fallback_reasons, cache }) => ({ window, pool_usage, fallback_reasons, cache });
  await talk.request("GET", path, { as: caller.login, token, expect: 200, brief });
}

const RELAY = "/v1/github/request";
/** Short, so that the walk can be repeated. */
const COOL_SECONDS = 3;
