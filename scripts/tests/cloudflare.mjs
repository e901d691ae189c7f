// A stand-in for the part of Cloudflare's API that a deployment needs: accounts, D1 (on a real SQLite), Workers with
// their secrets and versions. It records every call, and answers 501 to what it does not know.
// https://developers.cloudflare.com/api

import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { once } from "node:events";

export const TOKEN = "cloudflare-token-of-a-test";
const ACCOUNT = { id: "0123456789abcdef0123456789abcdef", name: "Acme" };
const SUBDOMAIN = "acme-test";

class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

/** Starts it; `accounts` are those of the token. Resolves to where it listens, what it holds, and its calls. */
export async function startCloudflare(t, { accounts = [ACCOUNT] } = {}) {
  const state = { accounts, databases: new Map(), workers: new Map(), calls: [], number: 0 };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const call = `${request.method} ${pathname.replace(/^\/client\/v4/, "").replace(`/accounts/${ACCOUNT.id}`, "")}`;
    const [status, answer] = respond(state, { call, searchParams, token: request.headers.authorization, body: Buffer.concat(chunks).toString("latin1") });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return Object.assign(state, { url: `http://127.0.0.1:${server.address().port}/client/v4` });
}

function respond(state, { call, searchParams, token, body }) {
  state.calls.push(call);
  try {
    if (token !== `Bearer ${TOKEN}`) throw new Refused(401, 10000, "Authentication error");
    for (const [pattern, work] of routes) {
      const match = call.match(pattern);
      if (!match) continue;
      const result = work(state, { name: match[1], body, searchParams });
      const page = Array.isArray(result) && { page: 1, per_page: 50, count: result.length, total_count: result.length, total_pages: 1 };
      return [200, { success: true, errors: [], messages: [], result, ...(page && { result_info: page }) }];
    }
    state.unknown = call;
    throw new Refused(501, 1, `the stand-in for Cloudflare does not know ${call}`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return [error.status, { success: false, errors: [{ code: error.code, message: error.message }], messages: [], result: null }];
  }
}

const NAME = "([\\w-]+)";
const route = (method, path) => new RegExp(`^${method} ${path.replace("NAME", NAME)}$`);

const routes = [
  [route("GET", "/user/tokens/verify"), () => ({ id: "t", status: "active" })],
  [route("GET", "/user"), () => ({ id: "u", email: "mona@example.com" })],
  [route("GET", "/memberships"), ({ accounts }) => accounts.map((account) => ({ account, roles: [] }))],
  [route("GET", "/accounts"), ({ accounts }) => accounts],
  [route("GET", "/d1/database"), ({ databases }, { searchParams }) => (Number(searchParams.get("page") ?? 1) > 1 ? [] : [...databases.values()].map(shownDatabase))],
  [route("POST", "/d1/database"), createDatabase],
  [route("GET", "/d1/database/NAME"), (state, { name }) => shownDatabase(database(state, name))],
  [route("POST", "/d1/database/NAME/query"), query],
  [route("GET", "/workers/services/NAME"), (state, { name }) => ({ id: name, default_environment: { environment: "production", script: { tag: "t", tags: [], migration_tag: worker(state, name).tag, last_deployed_from: "wrangler" } } })],
  [route("GET", "/workers/workers/NAME"), (state, { name }) => ({ id: name, name, subdomain: { enabled: worker(state, name).enabled ?? false, previews_enabled: false } })],
  [route("GET", "/workers/scripts/NAME/settings"), (state, { name }) => ({ bindings: worker(state, name).bindings })],
  [route("GET", "/workers/scripts/NAME/deployments"), (state, { name }) => ({ deployments: [{ id: "d", source: "wrangler", strategy: "percentage", author_email: "mona@example.com", created_on: "2026-11-01T00:00:00Z", annotations: {}, versions: [{ version_id: worker(state, name).version, percentage: 100 }] }] })],
  [route("GET", "/workers/scripts"), ({ workers }) => [...workers].map(([id, { tag }]) => ({ id, migration_tag: tag }))],
  [route("PUT", "/workers/scripts/NAME"), upload],
  [route("POST", "/workers/scripts/NAME/versions"), upload],
  [route("POST", "/workers/scripts/NAME/deployments"), () => ({ id: "d" })],
  [route("PATCH", "/workers/scripts/NAME/script-settings"), () => ({})],
  [route("GET", "/workers/scripts/NAME/secrets"), (state, { name }) => Object.keys(worker(state, name).secrets).map((name) => ({ name, type: "secret_text" }))],
  [route("PUT", "/workers/scripts/NAME/secrets"), putSecret],
  [route("GET", "/workers/subdomain"), () => ({ subdomain: SUBDOMAIN })],
  [route("POST", "/workers/scripts/NAME/subdomain"), (state, { name }) => ({ enabled: (worker(state, name).enabled = true), previews_enabled: true })],
  [route("PUT", "/workers/scripts/NAME/schedules"), () => ({ schedules: [] })],
];

const shownDatabase = ({ uuid, name }) => ({ uuid, name, version: "production", created_at: "2026-11-01T00:00:00Z" });
const id = (state) => `00000000-0000-4000-8000-${String((state.number += 1)).padStart(12, "0")}`;

function createDatabase(state, { body }) {
  const { name } = JSON.parse(body);
  if (state.databases.has(name)) throw new Refused(400, 7502, "a database of that name exists");
  const made = { uuid: id(state), name, sqlite: new DatabaseSync(":memory:") };
  state.databases.set(name, made);
  return shownDatabase(made);
}

function database({ databases }, name) {
  const found = [...databases.values()].find((it) => it.name === name || it.uuid === name);
  if (!found) throw new Refused(404, 7404, `The database ${name} could not be found`);
  return found;
}

/** Runs what wrangler sends: `{ sql }`, of several statements for a migration. */
function query(state, { name, body }) {
  const { sqlite } = database(state, name);
  const { sql } = JSON.parse(Buffer.from(body, "latin1").toString("utf8"));
  try {
    const results = /^\s*(SELECT|PRAGMA)\b/i.test(sql) ? sqlite.prepare(sql).all() : (sqlite.exec(sql), []);
    return [{ results, success: true, meta: { duration: 1 } }];
  } catch (error) {
    throw new Refused(400, 7500, error.message);
  }
}

function worker({ workers }, name) {
  const found = workers.get(name);
  if (!found) throw new Refused(404, 10007, "This Worker does not exist on your account.");
  return found;
}

function upload(state, { name, body }) {
  const metadata = JSON.parse(body.match(/name="metadata"\r\n(?:.*\r\n)*?\r\n(\{.*\})\r\n/)[1]);
  const before = state.workers.get(name) ?? { secrets: {} };
  const version = id(state);
  state.workers.set(name, { ...before, bindings: metadata.bindings, tag: metadata.migrations?.new_tag ?? before.tag, version });
  return { id: version, deployment_id: version, etag: "e", tag: "t", startup_time_ms: 5, resources: { script: { etag: "e" } }, default_environment: {} };
}

function putSecret(state, { name, body }) {
  const { name: secret, text, type } = JSON.parse(body);
  worker(state, name).secrets[secret] = text;
  return { name: secret, type };
}
