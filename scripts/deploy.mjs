// npm run deploy: the first deployment to Cloudflare, and every later one. Each step looks first whether there is
// anything to do, so after a failure it is run again.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { account } from "./deploy/account.mjs";
import { keptFile, namesOfSecrets, SECRETS, setSecrets } from "./deploy/secrets.mjs";
import { asker, command, paint, print, step } from "./lib/command.mjs";
import { inRoot, root, shown } from "./lib/paths.mjs";
import { Failure } from "./lib/processes.mjs";
import { installNodeModules, setUpAndBuild } from "./lib/setup.mjs";
import { wrangler, wranglerAtTerminal, wranglerJson } from "./lib/wrangler.mjs";

/** The organization of the examples; wrangler.toml has it until somebody deploys. */
const PLACEHOLDER = "acme";
/** The exit code of a deployment that has to be completed by hand. */
const INCOMPLETE = 3;

await command("deploy", { "dry-run": { type: "boolean" }, config: { type: "string" } }, main);

async function main({ "dry-run": isDryRun, config }) {
  await step("Node modules", ({ progress }) => installNodeModules(progress), "about a minute the first time");
  const ask = await asker();
  const file = config ? path.resolve(config) : inRoot("wrangler.toml");
  const given = { args: config ? ["--config", file] : [] };
  const settings = await read(file);
  // Before the build: nobody should wait minutes to hear that the login is missing.
  if (!isDryRun) {
    given.env = await account({ configured: settings.account, ask });
    if (settings.org === PLACEHOLDER && ask) await askForOrg(file, ask);
  }
  if (!config) await setUpAndBuild();
  await step("Configuration", ({ progress }) => wrangler(["deploy", "--dry-run", ...given.args], progress));
  if (isDryRun) return print("\nBuilt and checked. Nothing was changed, and Cloudflare was not asked.");
  // In this order, because a Worker works on newer tables, but not on older ones (docs/OPERATIONS.md).
  await step("Database", ({ note }) => makeDatabase(settings, given, note));
  await step("Migrations", ({ progress, note }) => migrate(settings, given, progress, note));
  const [url] = await deploy(given, ask);
  return finish({ ...given, worker: settings.name, url, ask }, settings);
}

async function read(file) {
  const { parse } = await import("smol-toml");
  const { name, account_id: id, vars, d1_databases: databases } = parse(readFileSync(file, "utf8"));
  const database = databases?.find(({ binding }) => binding === "DB");
  if (!name || !database?.database_name) throw new Failure(`${shown(file)} needs a name, and a D1 database with the binding DB and a database_name`);
  return { name, account: id, org: vars?.ALLOWED_GITHUB_ORG, database };
}

/** Only on a terminal: in CI the file is what was reviewed. */
async function askForOrg(file, ask) {
  const org = await ask.text("Which GitHub organization may use this pool? (its login)", /^[\w-]+$/, "the organization's login, as in github.com/LOGIN");
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replace(/^ALLOWED_GITHUB_ORG = .*$/m, `ALLOWED_GITHUB_ORG = "${org}"`));
  print(`  Written to ${shown(file)}.`);
}

async function makeDatabase({ database: { database_name: name, database_id: id } }, given, note) {
  const all = await wranglerJson(["d1", "list", "--json", ...given.args], given);
  if (id && !all.some(({ uuid }) => uuid === id)) {
    throw new Failure(`the account has no D1 database with the id ${id}`, { next: "remove database_id from wrangler.toml: the database is found by its name" });
  }
  const exists = id || all.some((database) => database.name === name);
  if (!exists) await wrangler(["d1", "create", name, ...given.args], undefined, given);
  note(`${name} ${exists ? "exists" : "created"}`);
}

async function migrate({ database: { binding } }, given, progress, note) {
  const next = "nothing was deployed, and the Worker that runs is as before; correct the migration, or run the command again";
  const said = await wrangler(["d1", "migrations", "apply", binding, "--remote", ...given.args], progress, { ...given, next });
  const applied = new Set(said.match(/\b\d{4}_\w+\.sql\b/g));
  note(applied.size ? `${applied.size} applied` : "nothing to apply");
}

/** Resolves to the addresses of the Worker. */
async function deploy(given, ask) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-deploy-"));
  const output = path.join(folder, "output.json");
  const env = { ...given.env, WRANGLER_HIDE_BANNER: "true", WRANGLER_OUTPUT_FILE_PATH: output };
  const next = "see wrangler's message above. The database is ready; run the command again";
  try {
    // On a terminal wrangler asks for itself: for a workers.dev name, or before it overwrites what was changed elsewhere.
    if (!ask) await step("Worker", ({ progress }) => wrangler(["deploy", ...given.args], progress, { ...given, env, next }));
    else if (await wranglerAtTerminal(["deploy", ...given.args], { cwd: root, env })) throw new Failure("wrangler deploy failed", { next });
    const lines = readFileSync(output, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
    return (lines.find(({ type }) => type === "deploy")?.targets ?? []).filter((target) => target.startsWith("https://"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function finish({ worker, url, ask, ...given }, { org }) {
  const names = await step("Secrets", async ({ note }) => {
    const names = await namesOfSecrets(given);
    note(`${names.length} are set`);
    return names;
  });
  let missing = SECRETS.filter(({ name }) => !names.includes(name));
  if (ask && missing.length) {
    const skipped = await setSecrets(missing, { worker, url, ask, told: (line) => print(`  ${paint("green", "✓")} ${line}`), ...given });
    missing = missing.filter(({ name }) => skipped.includes(name));
  }
  if (org === PLACEHOLDER && !ask) print(`${paint("yellow", "Note:")} ALLOWED_GITHUB_ORG in wrangler.toml is still ${PLACEHOLDER}: set it to your organization.`);
  for (const { name, what, from, isNeeded } of missing) {
    print(`${paint("yellow", isNeeded ? "Missing:" : "Optional:")} ${name}, ${what}\n  npx wrangler secret put ${name}   # ${from}`);
  }
  print(`\nDeployed${url ? ` to ${paint("bold", url)}` : ""}.`);
  if (missing.some(({ isNeeded }) => isNeeded)) {
    print("Next:  set what is missing by the commands above, or run `npm run deploy` on a terminal, which asks for it");
    return INCOMPLETE;
  }
  const file = keptFile(worker);
  const commands = ["cargo octopool doctor"];
  if (existsSync(file)) {
    commands.unshift(`. ${shown(file)}`);
    print(`The admin token is in ${paint("bold", shown(file))}; keep a copy of that file where you keep passwords.`);
  }
  if (names.length === 0) commands.push("cargo octopool admin caller --pool maintainers --github-login YOUR-LOGIN");
  print(`Next:${commands.map((line) => `\n  ${paint("cyan", line)}`).join("")}`);
  return 0;
}
