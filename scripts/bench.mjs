// npm run bench: what each kind of request costs on this machine, beside the least that it could cost,
// and beside another Worker.

import { rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { findWorkerd, parentOfListener } from "../tests/e2e/workerd.mjs";
import { measureInTurns } from "./bench/load.mjs";
import { BLOB_SIZES, BLOBS, ROCKET, rows } from "./bench/rows.mjs";
import { markdown, shownTable } from "./bench/table.mjs";
import { command, paint, print, step } from "./lib/command.mjs";
import { inRoot, shown } from "./lib/paths.mjs";
import { Failure } from "./lib/processes.mjs";
import { freePort, migrate, startStandin, startWorker, tellStandin } from "./lib/servers.mjs";
import { privateFolder, standinSettings } from "./lib/settings.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";

const CONCURRENCIES = [1, 16];
/** What every Worker answers without a token. */
const DISCOVERY = "/.well-known/octopool";
const text = { type: "string" };
const options = { against: text, header: { ...text, multiple: true }, "github-port": text, only: text, seconds: text, json: text, markdown: text };

await command("bench", options, async ({ seconds = "1.5", only = "", ...values }) => {
  if (!(Number(seconds) > 0)) throw new Failure("--seconds must be a positive number");
  print(paint("bold", "octopool: set-up"));
  await setUpAndBuild();
  const results = await measureAll(await begin(values), 1000 * seconds, only);
  print(`\n${shownTable(results)}`);
  const [cpus, memory] = [os.cpus(), `${Math.round(os.totalmem() / 2 ** 30)} GiB`];
  const machine = { cpu: cpus[0]?.model ?? "unknown", cores: cpus.length, memory, system: `${os.type()} ${os.release()}`, node: process.version };
  const report = { date: new Date().toISOString(), machine, results };
  for (const [file, content] of [[values.json, `${JSON.stringify(report, null, 2)}\n`], [values.markdown, markdown(report)]]) {
    if (!file) continue;
    writeFileSync(file, content);
    print(`Written to ${shown(path.resolve(file))}`);
  }
});

/** Starts everything, provisions callers and identities, and fills the caches. */
async function begin({ against, header = [], "github-port": port }) {
  const folder = privateFolder("bench");
  const { url: github } = await step("Stand-in for GitHub", (told) => startStandin(folder, { ...told, port }));
  await tellStandin(github, "state", { edit: "add_blob", repository: ROCKET, size: BLOB_SIZES["15 KB"] });
  const { file: settings, vars, credentials } = standinSettings(folder, github, { SHOW_COSTS: "true", AUTH_CACHE_SECONDS: "3600", PUBLIC_REPO_TTL_SECONDS: "86400" });
  const [state, floorState] = ["state", "state-floor"].map((name) => path.join(folder, name));
  for (const old of [state, floorState]) rmSync(old, { recursive: true, force: true });
  const worker = await step("Worker on the local runtime", async ({ progress }) => {
    await migrate(state, progress);
    return startOne({ state, settings, log: path.join(folder, "worker.log"), ready: DISCOVERY });
  });
  const config = inRoot("scripts", "bench", "floor", "wrangler.json");
  const floor = await step("The floor: a bare Worker on the same runtime", () => {
    return startOne({ state: floorState, config, log: path.join(folder, "floor.log"), ready: "/constant" });
  });
  const known = { github, pool: "bench", adminToken: vars.OCTOPOOL_ADMIN_TOKEN, githubToken: credentials.tokens.hubot, installation: credentials.installation_id };
  const bench = { github, floor, ours: await provision(worker, known) };
  if (against) bench.other = await step(`The other Worker: ${against}`, () => findOther(against, header, known));
  return bench;
}

async function startOne(options) {
  const port = await freePort();
  return behind((await startWorker({ port, ...options })).pid, port, options.ready);
}

/** The Worker that a process of wrangler runs behind its proxy. */
async function behind(pid, proxy, path) {
  const { port, cpuSeconds } = await findWorkerd(pid, proxy, path);
  return { url: `http://127.0.0.1:${port}`, cpuSeconds };
}

/** A Worker that runs already. */
async function findOther(against, header, known) {
  const { AGAINST_TOKEN, AGAINST_POOL, AGAINST_ADMIN_TOKEN, AGAINST_GITHUB_TOKEN } = process.env;
  const { hostname, port, origin } = new URL(against);
  const isHere = ["127.0.0.1", "localhost"].includes(hostname);
  const worker = isHere ? await behind(parentOfListener(Number(port)), Number(port), DISCOVERY) : { url: origin, cpuSeconds: () => undefined };
  const headers = Object.fromEntries(header.map((pair) => pair.match(/^([^=]+)=(.*)$/)?.slice(1) ?? [pair, ""]));
  const own = { pool: AGAINST_POOL || known.pool, adminToken: AGAINST_ADMIN_TOKEN || known.adminToken, githubToken: AGAINST_GITHUB_TOKEN || known.githubToken };
  return provision({ ...worker, headers }, { ...known, ...own, callerToken: AGAINST_TOKEN });
}

/** Makes a caller and an identity, and reads what must be cached; resolves to the target with its rows. */
async function provision(target, known) {
  const post = async (path, token, body) => {
    const headers = { "content-type": "application/json", ...target.headers, authorization: `Bearer ${token}` };
    const response = await fetch(target.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Failure(`POST ${target.url}${path} answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
    return response.json();
  };
  const { pool, adminToken } = known;
  const pat = { id: "mona-pat", login: "mona", secret_ref: "OCTOPOOL_PAT_MONA", weight: 1000, scopes: [{ owner: "acme" }] };
  // For GraphQL, which a PAT with scopes does not serve.
  const app = { id: "acme-app", kind: "github_app", login: "octopool-acme[bot]", secret_ref: "OCTOPOOL_APP_KEY_ACME", installation_id: known.installation, scopes: pat.scopes };
  const callerToken = known.callerToken || (await post("/v1/admin/callers", adminToken, { pool, github_login: "hubot" })).token;
  for (const identity of [pat, app]) await post(`/v1/admin/pools/${pool}/identities`, adminToken, identity);
  const answers = [];
  for (const path of BLOBS) answers.push(await post("/v1/github/request", callerToken, { pool, method: "GET", path }));
  return { ...target, rows: rows({ ...known, callerToken, etag: answers[0].headers.etag }) };
}

async function measureAll({ github, ours, floor, other }, milliseconds, only) {
  const results = [];
  for (const [index, { name, floor: path, does, most = Infinity }] of ours.rows.entries()) {
    const targets = { ours: [ours, ours.rows[index].shot], floor: [floor, () => ({ method: "GET", path, expect: 200 })] };
    if (other) targets.other = [other, other.rows[index].shot];
    for (const concurrency of name.includes(only) ? CONCURRENCIES : []) {
      for (const principal of ["account:1001", "account:1002"]) {
        // A budget that runs out would measure refusals.
        await tellStandin(github, "state", { edit: "set_remaining", principal, resource: "core", remaining: 5000 });
      }
      const measured = await step(`${name}, ${concurrency} at once`, () => measureInTurns(targets, { concurrency, milliseconds, most }));
      results.push({ name, concurrency, ...measured.ours, floor: { does, ...measured.floor }, other: measured.other });
    }
  }
  return results;
}
