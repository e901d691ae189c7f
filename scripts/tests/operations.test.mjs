import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promisify } from "node:util";

import { inRoot, root } from "../lib/paths.mjs";

const WRANGLER = inRoot("node_modules", "wrangler", "bin", "wrangler.js");

test("the pinned wrangler knows the commands and options that docs/OPERATIONS.md tells an operator to type", async () => {
  const commands = [...readFileSync(inRoot("docs", "OPERATIONS.md"), "utf8").matchAll(/npx wrangler ([^`\n]+)/g)].map(([, rest]) => rest);
  assert.ok(commands.length > 10);
  const wanted = new Map();
  for (const words of commands.map((command) => command.split(" "))) {
    // The command's own words; a database, a secret or an option ends them.
    const end = words.findIndex((word) => !/^[a-z][a-z0-9-]*$/.test(word) || word.startsWith("octopool"));
    const name = words.slice(0, end < 0 ? undefined : end).join(" ");
    const options = words.filter((word) => word.startsWith("--"));
    wanted.set(name, new Set([...(wanted.get(name) ?? []), ...options]));
  }
  await Promise.all([...wanted].map(([name, options]) => knows(name, options)));
});

async function knows(name, options) {
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CI: "true", NO_COLOR: "1" };
  const { stdout: help } = await promisify(execFile)(process.execPath, [WRANGLER, ...name.split(" "), "--help"], { cwd: root, env });
  // Of a command that it does not know, wrangler shows the help of the one above.
  assert.match(help, new RegExp(`^wrangler ${name}( |$)`, "m"), name);
  for (const option of options) assert.ok(help.includes(option), `wrangler ${name} has no ${option}`);
}
