import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import util from "node:util";

import { inRoot, nodeProgram } from "../lib/paths.mjs";
import { eachLine, outcome, start } from "../lib/processes.mjs";
import { startCloudflare, TOKEN } from "./cloudflare.mjs";

/** wrangler.toml as it is, but with a small Worker that needs no build, and a name of its own. */
function checkout(t) {
  mkdirSync(inRoot("target"), { recursive: true });
  const folder = mkdtempSync(inRoot("target", "octopool-deploy-"));
  const name = path.basename(folder).toLowerCase();
  const config = path.join(folder, "wrangler.toml");
  const text = readFileSync(inRoot("wrangler.toml"), "utf8");
  writeFileSync(config, text.replace(/^\[build\]\n(.+\n)+/m, "").replace(/^name = .*$/m, `name = "${name}"`)
    .replace(/^main = .*$/m, 'main = "worker.js"').replace(/^migrations_dir = .*$/m, `migrations_dir = "${inRoot("migrations")}"`));
  writeFileSync(path.join(folder, "worker.js"), 'export class PoolCoordinator {}\nexport default { fetch: () => new Response("octopool") };\n');
  const kept = inRoot(".octopool", `${name}.env`);
  t.after(() => [folder, kept].forEach((made) => rmSync(made, { recursive: true, force: true })));
  return { folder, config, name, kept };
}

/** Runs `npm run deploy`; resolves to its exit code, all it said, and the calls that it made. */
async function deploy({ config, folder }, cloudflare, { args = [], env = {}, typed } = {}) {
  const lines = [];
  cloudflare.calls.length = 0;
  const command = [nodeProgram(), inRoot("scripts", "deploy.mjs"), "--config", config, ...args];
  const own = { CLOUDFLARE_API_BASE_URL: cloudflare.url, CLOUDFLARE_API_TOKEN: TOKEN, CLOUDFLARE_ACCOUNT_ID: "", WRANGLER_SEND_METRICS: "false", HOME: folder, XDG_CONFIG_HOME: folder };
  const options = { cwd: folder, env: { ...own, CI: typed ? "" : "1", ...env }, onLine: (line) => lines.push(line) };
  const { code } = await (typed ? atTerminal(command, typed, options) : outcome(command[0], command.slice(1), options));
  const said = lines.join("\n");
  assert.equal(cloudflare.unknown, undefined, said);
  return { code, said, calls: [...cloudflare.calls] };
}

/** The same at a terminal, which util-linux's `script` makes; `typed` says what is typed after which question. */
async function atTerminal(command, typed, { onLine, env, ...options }) {
  const child = start("script", ["-qec", `stty cols 100 rows 40; ${command.join(" ")}`, "/dev/null"], { ...options, env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "inherit"] });
  const [waiting, lines] = [Object.entries(typed), eachLine(child.stdout, onLine)];
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (data) => {
    shown += data;
    if (!waiting.length || !shown.includes(waiting[0][0])) return;
    shown = "";
    child.stdin.write(`${waiting.shift()[1]}\r`);
  });
  const [code] = await once(child, "close");
  await lines;
  return { code };
}

/** What changed something, without the names of the test: repeated calls once. */
function changes({ name }, calls) {
  const plain = calls.map((call) => call.replaceAll(name, "NAME").replace(/[0-9a-f]{8}-[\w-]+/, "ID"));
  return plain.filter((call, index) => !call.startsWith("GET") && call !== plain[index - 1] && !(call.includes("/query") && plain.slice(0, index).includes(call)));
}

const DEPLOYED = ["POST /workers/scripts/NAME/subdomain", "PUT /workers/scripts/NAME/schedules"];
const NEW_VERSION = ["POST /workers/scripts/NAME/versions", "POST /workers/scripts/NAME/deployments", "PATCH /workers/scripts/NAME/script-settings"];
const MIGRATE = "POST /d1/database/ID/query";
const PUT_SECRET = "PUT /workers/scripts/NAME/secrets";

describe("npm run deploy, on the real wrangler and a stand-in for Cloudflare", { concurrency: 3 }, () => {
  test("the first deployment makes everything in the safe order, a later one a new version only", async (t) => {
    const [own, cloudflare] = [checkout(t), await startCloudflare(t)];
    const first = await deploy(own, cloudflare);
    assert.equal(first.code, 3, first.said);
    assert.ok(first.calls[0].startsWith("GET /user"), "the login comes first");
    assert.deepEqual(changes(own, first.calls), ["POST /d1/database", MIGRATE, "PUT /workers/scripts/NAME", ...DEPLOYED]);
    for (const name of ["OCTOPOOL_ADMIN_TOKEN", "OCTOPOOL_GITHUB_ORG_TOKEN"]) assert.match(first.said, new RegExp(`Missing: ${name}, .*\\n  npx wrangler secret put ${name} `));
    assert.match(first.said, /^Deployed to https:\/\/\S+\.acme-test\.workers\.dev/m);

    const [worker, [database]] = [cloudflare.workers.get(own.name), [...cloudflare.databases.values()]];
    const tables = database.sqlite.prepare("SELECT name FROM sqlite_master").all().map(({ name }) => name);
    assert.ok(tables.includes("identities") && tables.includes("d1_migrations"));
    Object.assign(worker.secrets, { OCTOPOOL_ADMIN_TOKEN: "a", OCTOPOOL_GITHUB_ORG_TOKEN: "b" });
    const text = readFileSync(own.config, "utf8");
    const second = await deploy(own, cloudflare);
    assert.equal(second.code, 0, second.said);
    // The one query makes wrangler's own table if there is none.
    assert.deepEqual(changes(own, second.calls), [MIGRATE, ...NEW_VERSION, ...DEPLOYED]);
    assert.match(second.said, /Migrations: nothing to apply/);
    assert.match(second.said, /cargo octopool doctor/);
    assert.equal(readFileSync(own.config, "utf8"), text, "no id was written");
    assert.deepEqual(cloudflare.workers.get(own.name).secrets, worker.secrets);
  });

  test("on a terminal it asks for what only a person knows, generates the rest, and shows none of it", { skip: process.platform !== "linux" }, async (t) => {
    const [own, cloudflare] = [checkout(t), await startCloudflare(t)];
    const { code, said, calls } = await deploy(own, cloudflare, { typed: { "GitHub organization": "rocket-org", "Enter skips it": "ghp_typed_by_a_person" } });
    assert.equal(code, 0, said);
    const { secrets, bindings } = cloudflare.workers.get(own.name);
    assert.deepEqual(changes(own, calls).slice(-1), [PUT_SECRET]);
    assert.equal(secrets.OCTOPOOL_GITHUB_ORG_TOKEN, "ghp_typed_by_a_person");
    const { OCTOPOOL_ADMIN_TOKEN, OCTOPOOL_AUDIT_KEY } = util.parseEnv(readFileSync(own.kept, "utf8").replaceAll("export ", ""));
    assert.deepEqual(secrets, { OCTOPOOL_GITHUB_ORG_TOKEN: secrets.OCTOPOOL_GITHUB_ORG_TOKEN, OCTOPOOL_ADMIN_TOKEN, OCTOPOOL_AUDIT_KEY });
    assert.equal(statSync(own.kept).mode & 0o777, 0o600);
    for (const value of Object.values(secrets)) assert.ok(value.length > 20 && !said.includes(value));
    assert.match(readFileSync(own.config, "utf8"), /^ALLOWED_GITHUB_ORG = "rocket-org"$/m);
    assert.ok(bindings.some(({ name, text }) => name === "ALLOWED_GITHUB_ORG" && text === "rocket-org"));
  });

  test("without a login that Cloudflare accepts nothing is built and nothing asked for", async (t) => {
    const [own, cloudflare] = [checkout(t), await startCloudflare(t)];
    const refused = await deploy(own, cloudflare, { env: { CLOUDFLARE_API_TOKEN: "wrong" } });
    assert.equal(refused.code, 1);
    assert.match(refused.said, /Authentication error \[code: 10000\]/);
    assert.match(refused.said, /Error: Cloudflare does not accept the API token/);
    assert.deepEqual(new Set(refused.calls), new Set(["GET /user/tokens/verify"]));
    const none = await deploy(own, cloudflare, { env: { CLOUDFLARE_API_TOKEN: "" } });
    assert.deepEqual([none.code, none.calls], [1, []]);
    assert.match(none.said, /Error: you are not logged in to Cloudflare\nNext: {2}run `npx wrangler login`/);
  });

  test("of several accounts one has to be named", async (t) => {
    const accounts = ["a", "b"].map((letter) => ({ id: letter.repeat(32), name: `Account ${letter}` }));
    const [own, cloudflare] = [checkout(t), await startCloudflare(t, { accounts })];
    const { code, said, calls } = await deploy(own, cloudflare);
    assert.ok(code === 1 && accounts.every(({ id, name }) => said.includes(`${id}  ${name}`)), said);
    assert.match(said, /set CLOUDFLARE_ACCOUNT_ID/);
    assert.deepEqual(changes(own, calls), []);
  });

  test("after a migration that fails nothing is deployed", async (t) => {
    const [own, cloudflare] = [checkout(t), await startCloudflare(t)];
    mkdirSync(path.join(own.folder, "broken"));
    writeFileSync(path.join(own.folder, "broken", "0001_break.sql"), "CREATE TABLE (;\n");
    writeFileSync(own.config, readFileSync(own.config, "utf8").replace(/^migrations_dir = .*$/m, 'migrations_dir = "broken"'));
    const { code, said, calls } = await deploy(own, cloudflare);
    assert.ok(code === 1 && said.includes("syntax error"), said);
    assert.match(said, /Next: {2}nothing was deployed/);
    assert.deepEqual(changes(own, calls), ["POST /d1/database", MIGRATE]);
  });

  test("a dry run needs no login and asks nobody", async (t) => {
    const [own, cloudflare] = [checkout(t), await startCloudflare(t)];
    const { code, said, calls } = await deploy(own, cloudflare, { args: ["--dry-run"], env: { CLOUDFLARE_API_TOKEN: "" } });
    assert.deepEqual([code, calls], [0, []], said);
  });
});
