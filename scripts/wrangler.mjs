#!/usr/bin/env node
// `npx wrangler …` in this checkout. npx runs this because package.json says so under `bin`; without it, npx
// would fetch the newest wrangler in a fresh clone, and any wrangler would need a newer Node than many have.

import { existsSync } from "node:fs";
// By the module: an older Node lacks this, and paths.mjs has to say so.
import util from "node:util";

import { inRoot } from "./lib/paths.mjs";
import { Failure } from "./lib/processes.mjs";
import { installNodeModules, isInstalled } from "./lib/setup.mjs";
import { wrangler, wranglerAtTerminal } from "./lib/wrangler.mjs";

const args = process.argv.slice(2);
// On stderr: what wrangler prints may be read by a program.
const tell = (line) => console.error(`octopool: ${line}`);

try {
  if (!isInstalled()) tell("installing the Node modules: the pinned wrangler and its Node. Takes about a minute the first time");
  await installNodeModules(() => {});
  await nameWhatIsMissing();
  process.exitCode = await wranglerAtTerminal(args);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  for (const line of [...error.tail, `Error: ${error.message}`, error.next && `Next:  ${error.next}`].filter(Boolean)) console.error(line);
  process.exitCode = 1;
}

/** `wrangler dev` starts without settings and without tables, and `wrangler deploy` deploys without them. */
async function nameWhatIsMissing() {
  const text = { type: "string" };
  const { values, positionals } = util.parseArgs({ args, strict: false, allowPositionals: true, options: { "env-file": text, "persist-to": text, config: { ...text, short: "c" } } });
  if (values.config || values.help || values.h) return;
  if (positionals[0] === "deploy" && !values["dry-run"]) tell("this deploys the Worker alone; `npm run deploy` also makes the tables, and asks for missing secrets");
  if (positionals[0] !== "dev" || values.remote || values.r) return;
  const missing = [];
  if (!values["env-file"] && ![".dev.vars", ".env"].some((name) => existsSync(inRoot(name)))) {
    missing.push("there are no settings and secrets for a local run: `cp .dev.vars.example .dev.vars`, and fill it in");
  }
  const where = values["persist-to"] ? ["--persist-to", values["persist-to"]] : [];
  const list = await wrangler(["d1", "migrations", "list", "DB", "--local", ...where]).catch(() => "");
  if (list.includes("to be applied")) {
    missing.push(`the local database lacks tables: \`npx wrangler ${["d1", "migrations", "apply", "DB", "--local", ...where].join(" ")}\``);
  }
  missing.forEach(tell);
  if (missing.length) tell("or `npm start`, which sets everything up and needs no account");
}
