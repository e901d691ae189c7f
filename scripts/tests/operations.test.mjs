import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { inRoot } from "../lib/paths.mjs";
import { wrangler } from "../lib/wrangler.mjs";

test("the pinned wrangler knows the commands and options that docs/OPERATIONS.md tells an operator to type", async () => {
  const options = new Map();
  for (const [, line] of readFileSync(inRoot("docs", "OPERATIONS.md"), "utf8").matchAll(/npx wrangler ([^`\n]+)/g)) {
    // The command's own words; a database, a secret or an option ends them.
    const [name] = line.match(/^[a-z][a-z0-9-]*(?: (?!octopool)[a-z][a-z0-9-]*(?= |$))*/);
    options.set(name, [...(options.get(name) ?? []), ...line.split(" ").filter((word) => word.startsWith("--"))]);
  }
  assert.ok(options.size > 5, [...options.keys()].join());
  for (const [name, given] of options) {
    const help = await wrangler([...name.split(" "), "--help"]);
    // Of a command that it does not know, wrangler shows the help of the one above.
    assert.match(help, new RegExp(`^wrangler ${name}( |$)`, "m"));
    for (const option of given) assert.ok(help.includes(option), `wrangler ${name} has no ${option}`);
  }
});
