import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inRoot } from "../lib/paths.mjs";
import { wrangler } from "../lib/wrangler.mjs";

test("the pinned wrangler knows the commands and options that docs/OPERATIONS.md tells an operator to type", async () => {
  const commands = [...readFileSync(inRoot("docs", "OPERATIONS.md"), "utf8").matchAll(/npx wrangler ([^`\n]+)/g)].map(([, rest]) => rest.split(" "));
  assert.ok(commands.length > 10);
  const wanted = new Map();
  for (const words of commands) {
    // The command's own words; a database, a secret or an option ends them.
    const end = words.findIndex((word) => !/^[a-z][a-z0-9-]*$/.test(word) || word.startsWith("octopool"));
    const name = words.slice(0, end < 0 ? undefined : end).join(" ");
    wanted.set(name, [...(wanted.get(name) ?? []), ...words.filter((word) => word.startsWith("--"))]);
  }
  for (const [name, options] of wanted) {
    const help = await wrangler([...name.split(" "), "--help"]);
    // Of a command that it does not know, wrangler shows the help of the one above.
    assert.match(help, new RegExp(`^wrangler ${name}( |$)`, "m"), name);
    for (const option of options) assert.ok(help.includes(option), `wrangler ${name} has no ${option}`);
  }
});
