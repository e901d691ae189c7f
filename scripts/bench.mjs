// npm run bench: what each kind of request costs on this machine, beside the least that it could cost.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { load, percentile } from "./bench/load.mjs";
import { rows, warm } from "./bench/rows.mjs";
import { markdown, shownTable } from "./bench/table.mjs";
import { findWorkerd } from "./bench/workerd.mjs";
import { GithubControl } from "./lib/github-control.mjs";
import { Failure, runMain } from "./lib/failure.mjs";
import { credentialsFile, standinVars } from "./lib/local-settings.mjs";
import { inRoot, shown } from "./lib/paths.mjs";
import { freePort } from "./lib/servers.mjs";
import { settingsText, writePrivate } from "./lib/private-files.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";
import { buildStandin, startStandin } from "./lib/standin.mjs";
import { step } from "./lib/step.mjs";
import { bold, print } from "./lib/terminal.mjs";
import { migrate, startWorker } from "./lib/wrangler.mjs";

const HELP = `npm run bench [-- OPTIONS]

Starts the Worker and the stand-in for GitHub, measures each kind of request at concurrency 1 and 16, and beside each its floor: a bare
Worker on the same runtime in the same run that does the least possible. Takes about three minutes after the set-up.

  --json FILE        writes the results as JSON, too
  --markdown FILE    writes the table as Markdown, too
  --seconds N        how long each row is measured at most (1.5)
  --help             this text`;

const POOL = "bench";
const CONCURRENCIES = [1, 16];

await runMain(async () => {
  const { values } = parseArgs({
    options: { json: { type: "string" }, markdown: { type: "string" }, seconds: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return print(HELP);
  const milliseconds = 1000 * Number(values.seconds ?? 1.5);
  if (!(milliseconds > 0)) throw new Failure("--seconds must be a positive number");
  print(bold("octopool: set-up"));
  await setUpAndBuild();
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-bench-"));
  try {
    const bench = await begin(folder);
    const results = await measureAll(bench, milliseconds);
    print();
    print(shownTable(results));
    const report = { date: new Date().toISOString(), machine: machine(), results };
    for (const [file, text] of [[values.json, `${JSON.stringify(report, null, 2)}\n`], [values.markdown, markdown(report)]]) {
      if (!file) continue;
      writeFileSync(file, text);
      print(`Written to ${shown(path.resolve(file))}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Starts everything, provisions a caller and identities, and fills the cache. */
async function begin(folder) {
  await step("Stand-in for GitHub", async ({ progress }) => buildStandin(progress));
  const { baseUrl } = await startStandin(credentialsFile());
  const { vars, credentials } = standinVars(baseUrl);
  const settings = path.join(folder, "dev.vars");
  writePrivate(settings, settingsText({ ...vars, SHOW_COSTS: "true", AUTH_CACHE_SECONDS: "3600", PUBLIC_REPO_TTL_SECONDS: "86400" }));
  const state = path.join(folder, "state");
  const worker = await step("Worker on the local runtime", async ({ progress }) => {
    await migrate(state, progress);
    return startOne({ state, settings, log: "bench.log" });
  });
  const floor = await step("The floor: a bare Worker on the same runtime", async () =>
    startOne({ state: path.join(folder, "floor"), config: inRoot("scripts", "bench", "floor", "wrangler.json"), log: "bench-floor.log", ready: "/constant" }));
  const github = new GithubControl(baseUrl, "account:1001");
  const bench = { worker, floor, github, ...(await provision(worker.port, vars, credentials, baseUrl)) };
  return bench;
}

async function startOne({ state, settings, config, log, ready = "/.well-known/octopool" }) {
  const port = await freePort();
  const child = await startWorker({ port, state, settings, config, log, ready, onLine: () => {} });
  return findWorkerd(child.pid, port, ready);
}

async function provision(port, vars, credentials, githubUrl) {
  const admin = { authorization: `Bearer ${vars.OCTOPOOL_ADMIN_TOKEN}` };
  const { token: callerToken } = await post(port, "/v1/admin/callers", admin, { pool: POOL, github_login: "hubot" });
  const scopes = [{ owner: "acme" }];
  await post(port, `/v1/admin/pools/${POOL}/identities`, admin, { id: "mona-pat", login: "mona", secret_ref: "OCTOPOOL_PAT_MONA", scopes });
  const caller = { authorization: `Bearer ${callerToken}` };
  let etag;
  for (const path of warm) {
    const answer = await post(port, "/v1/github/request", caller, { pool: POOL, method: "GET", path });
    etag ??= answer.headers.etag;
  }
  return { pool: POOL, adminToken: vars.OCTOPOOL_ADMIN_TOKEN, callerToken, githubToken: credentials.tokens.hubot, githubUrl, etag };
}

async function post(port, path, headers, body) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body),
  });
  if (!response.ok) throw new Failure(`POST ${path} answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return response.json();
}

async function measureAll(bench, milliseconds) {
  const results = [];
  for (const row of rows(bench)) {
    for (const concurrency of CONCURRENCIES) {
      // A budget that runs out would measure refusals.
      for (const principal of ["account:1001", "account:1002"]) await bench.github.refill(principal);
      const limits = { concurrency, milliseconds, most: row.most ?? Infinity };
      results.push(await step(`${row.name}, ${concurrency} at once`, async () => {
        const floorShot = () => ({ method: "GET", path: row.floor, expect: 200 });
        const ours = await measure(bench.worker, row.shot, limits);
        const floor = await measure(bench.floor, floorShot, limits);
        return { name: row.name, concurrency, floor: { does: row.does, ...floor }, ...ours };
      }));
    }
  }
  return results;
}

async function measure({ port, cpuSeconds }, shot, limits) {
  // What is compiled or connected at the first requests is no part of it.
  await load(port, shot, { ...limits, milliseconds: limits.milliseconds / 5, most: 50 });
  const before = cpuSeconds();
  const { requests, seconds, milliseconds, cost } = await load(port, shot, limits);
  const cpu = before === undefined ? undefined : ((cpuSeconds() - before) * 1000) / requests;
  return {
    requests, perSecond: requests / seconds, p50: percentile(milliseconds, 0.5), p95: percentile(milliseconds, 0.95), cpu,
    ...(cost && { cost: Object.fromEntries(cost.split(", ").map((part) => part.split("=")).map(([name, count]) => [name, Number(count)])) }),
  };
}

function machine() {
  const [{ model } = { model: "unknown" }] = os.cpus();
  return { cpu: model, cores: os.cpus().length, memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`, system: `${os.type()} ${os.release()}`, node: process.version };
}
