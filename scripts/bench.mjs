// npm run bench: what each kind of request costs on this machine, beside the least that it could cost,
// and beside another Worker.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { measureInTurns } from "./bench/load.mjs";
import { BLOB_SIZES, blob, ROCKET, rows } from "./bench/rows.mjs";
import { markdown, shownTable } from "./bench/table.mjs";
import { findWorkerd, parentOfListener } from "../tests/e2e/workerd.mjs";
import { command } from "./lib/command.mjs";
import { inRoot, shown } from "./lib/paths.mjs";
import { Failure } from "./lib/processes.mjs";
import { freePort, startStandin, tellStandin } from "./lib/servers.mjs";
import { privateFolder, standinSettings } from "./lib/settings.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";
import { paint, print, step } from "./lib/terminal.mjs";
import { migrate, startWorker } from "./lib/wrangler.mjs";

const HELP = `npm run bench [-- OPTIONS]

Starts the Worker and the stand-in for GitHub, measures each kind of request at concurrency 1 and 16,
and beside each its floor: a bare Worker on the same runtime that does the least possible. They take
turns, in rounds. Takes about four minutes after the set-up.

  --against URL      another Worker that runs gets the same requests, in turn with ours, and the table
                     compares them by CPU where it can be measured (Linux, this machine), else by p50
  --header N=VALUE   a header for the other Worker only; can be given several times
  --github-port N    the port of the stand-in for GitHub (a free one)
  --only TEXT        only the rows whose name contains the text
  --seconds N        how long each row is measured at most (1.5)
  --json FILE        writes the results as JSON, too
  --markdown FILE    writes the table as Markdown, too
  --help             this text

The other Worker needs the same stand-in and settings: start it beforehand with --env-file
.octopool/port-bench/dev.vars, which each bench writes, and give both the same --github-port. If it has
others, the environment says so: AGAINST_ADMIN_TOKEN, AGAINST_TOKEN (of a caller; otherwise one is
provisioned), AGAINST_GITHUB_TOKEN (of the account that logs in), AGAINST_POOL.`;

const CONCURRENCIES = [1, 16];
const text = { type: "string" };
const options = { against: text, header: { ...text, multiple: true }, "github-port": text, only: text, seconds: text, json: text, markdown: text };

await command(HELP, options, async (values) => {
  const milliseconds = 1000 * Number(values.seconds ?? 1.5);
  if (!(milliseconds > 0)) throw new Failure("--seconds must be a positive number");
  print(paint("bold", "octopool: set-up"));
  await setUpAndBuild();
  const bench = await begin(values);
  const results = await measureAll(bench, milliseconds, values.only ?? "");
  print();
  print(shownTable(results));
  const report = { date: new Date().toISOString(), machine: machine(), results };
  for (const [file, content] of [[values.json, `${JSON.stringify(report, null, 2)}\n`], [values.markdown, markdown(report)]]) {
    if (!file) continue;
    writeFileSync(file, content);
    print(`Written to ${shown(path.resolve(file))}`);
  }
});

/** Starts everything, provisions callers and identities, and fills the caches. */
async function begin({ against, header = [], "github-port": githubPort }) {
  const folder = privateFolder("bench");
  const github = (await step("Stand-in for GitHub", (told) => startStandin(folder, { ...told, port: githubPort }))).url;
  await tellStandin(github, "state", { edit: "add_blob", repository: ROCKET, size: BLOB_SIZES["15 KB"] });
  const more = { SHOW_COSTS: "true", AUTH_CACHE_SECONDS: "3600", PUBLIC_REPO_TTL_SECONDS: "86400" };
  const { file, vars, credentials } = standinSettings(folder, github, more);
  const state = path.join(folder, "state");
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state);
  const worker = await step("Worker on the local runtime", async ({ progress }) => {
    await migrate(path.join(state, "worker"), progress);
    return startOne({ state: path.join(state, "worker"), settings: file, log: path.join(folder, "worker.log") });
  });
  const config = inRoot("scripts", "bench", "floor", "wrangler.json");
  const floor = await step("The floor: a bare Worker on the same runtime", () => {
    return startOne({ state: path.join(state, "floor"), config, log: path.join(folder, "floor.log"), ready: "/constant" });
  });
  const known = { adminToken: vars.OCTOPOOL_ADMIN_TOKEN, githubToken: credentials.tokens.hubot, pool: "bench" };
  const bench = { github, floor, ours: await provision(worker, known, github) };
  if (against) bench.other = await step(`The other Worker: ${against}`, () => beginOther(against, header, known, github));
  return bench;
}

async function startOne({ ready = "/.well-known/octopool", ...options }) {
  const port = await freePort();
  const child = await startWorker({ port, ready, ...options });
  const { port: own, cpuSeconds } = await findWorkerd(child.pid, port, ready);
  return { url: `http://127.0.0.1:${own}`, cpuSeconds };
}

async function beginOther(against, header, known, github) {
  const { AGAINST_ADMIN_TOKEN, AGAINST_TOKEN, AGAINST_GITHUB_TOKEN, AGAINST_POOL } = process.env;
  const headers = Object.fromEntries(header.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  const url = new URL(against);
  let worker = { url: url.href.replace(/\/$/, ""), cpuSeconds: () => undefined };
  if (["127.0.0.1", "localhost"].includes(url.hostname)) {
    const { port, cpuSeconds } = await findWorkerd(parentOfListener(Number(url.port)), Number(url.port), url.pathname === "/" ? "/.well-known/octopool" : url.pathname);
    worker = { url: `http://127.0.0.1:${port}`, cpuSeconds };
  }
  const own = {
    adminToken: AGAINST_ADMIN_TOKEN ?? known.adminToken, callerToken: AGAINST_TOKEN,
    githubToken: AGAINST_GITHUB_TOKEN ?? known.githubToken, pool: AGAINST_POOL ?? known.pool,
  };
  return provision({ ...worker, headers }, own, github);
}

/** Makes a caller and an identity, and reads what must be cached; resolves to a target with its rows. */
async function provision(target, { pool, adminToken, githubToken, callerToken }, githubUrl) {
  const admin = { authorization: `Bearer ${adminToken}` };
  callerToken ??= (await post(target, "/v1/admin/callers", admin, { pool, github_login: "hubot" })).token;
  const identity = { id: "mona-pat", login: "mona", secret_ref: "OCTOPOOL_PAT_MONA", scopes: [{ owner: "acme" }] };
  await post(target, `/v1/admin/pools/${pool}/identities`, admin, identity);
  const caller = { authorization: `Bearer ${callerToken}` };
  let etag;
  for (const size of Object.values(BLOB_SIZES)) {
    const answer = await post(target, "/v1/github/request", caller, { pool, method: "GET", path: blob(size) });
    etag ??= answer.headers.etag;
  }
  return { ...target, rows: rows({ pool, adminToken, callerToken, githubToken, githubUrl, etag, identity }) };
}

async function post({ url, headers }, path, own, body) {
  const all = { "content-type": "application/json", ...headers, ...own };
  const response = await fetch(url + path, { method: "POST", headers: all, body: JSON.stringify(body) });
  if (!response.ok) throw new Failure(`POST ${url}${path} answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return response.json();
}

async function measureAll({ github, ours, floor, other }, milliseconds, only) {
  const results = [];
  for (const [index, { name, floor: path, does, most = Infinity }] of ours.rows.entries()) {
    if (!name.includes(only)) continue;
    const targets = { ours: [ours, ours.rows[index].shot], floor: [floor, () => ({ method: "GET", path, expect: 200 })] };
    if (other) targets.other = [other, other.rows[index].shot];
    for (const concurrency of CONCURRENCIES) {
      // A budget that runs out would measure refusals.
      for (const principal of ["account:1001", "account:1002"]) {
        await tellStandin(github, "state", { edit: "set_remaining", principal, resource: "core", remaining: 5000 });
      }
      const measured = await step(`${name}, ${concurrency} at once`, () => measureInTurns(targets, { concurrency, milliseconds, most }));
      const { ours: own, floor: least, ...rest } = measured;
      results.push({ name, concurrency, ...own, floor: { does, ...least }, ...rest });
    }
  }
  return results;
}

function machine() {
  const [{ model } = { model: "unknown" }] = os.cpus();
  return { cpu: model, cores: os.cpus().length, memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`, system: `${os.type()} ${os.release()}`, node: process.version };
}
