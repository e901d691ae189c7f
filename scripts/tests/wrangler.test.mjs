import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { inRoot, root } from "../lib/paths.mjs";
import { outcome } from "../lib/processes.mjs";

/** Runs `npx wrangler …` as on a new machine: an empty home, and no Node of ours first on the PATH. */
async function npx(t, args) {
  const home = mkdtempSync(path.join(os.tmpdir(), "octopool-npx-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const elsewhere = process.env.PATH.split(path.delimiter).filter((folder) => !folder.includes("node_modules"));
  // What npm sets for its scripts would make npx another npm's.
  const unset = Object.fromEntries(Object.keys(process.env).filter((name) => /^npm_/i.test(name)).map((name) => [name, undefined]));
  const env = { ...unset, HOME: home, XDG_CONFIG_HOME: home, PATH: elsewhere.join(path.delimiter), WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" };
  const lines = [];
  const { code, stdout } = await outcome("npx", ["wrangler", ...args.map((arg) => arg.replace("HOME", home))], { cwd: root, env, onLine: (line) => lines.push(line) });
  return { code, stdout, said: lines.join("\n"), home };
}

test("npx wrangler is the pinned one, and adds nothing to what it prints", async (t) => {
  const { version } = JSON.parse(readFileSync(inRoot("node_modules", "wrangler", "package.json"), "utf8"));
  const { code, stdout, said } = await npx(t, ["--version"]);
  assert.deepEqual([code, stdout.trim()], [0, version], said);
});

test("npx wrangler dev names what a local run lacks, with commands that help locally", async (t) => {
  // An option that does not exist, so that it ends before it builds and listens.
  const { code, said, home } = await npx(t, ["dev", "--persist-to", "HOME/state", "--no-such-option"]);
  assert.equal(code, 1, said);
  assert.ok(said.includes(`\`npx wrangler d1 migrations apply DB --local --persist-to ${home}/state\``), said);
  if (!existsSync(inRoot(".dev.vars"))) assert.ok(said.includes("`cp .dev.vars.example .dev.vars`"), said);
  assert.ok(!said.includes("--remote"), said);
});
