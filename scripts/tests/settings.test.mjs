import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseEnv } from "node:util";

import { SECRETS } from "../deploy/secrets.mjs";
import { inRoot } from "../lib/paths.mjs";

const read = (...parts) => readFileSync(inRoot(...parts), "utf8");
/** Settings that are only for `npm start`, and identities' secrets, whose names are free. */
const OTHERS = /^OCTOPOOL_(DEMO_|PAT_|APP_KEY_)/;
const BINDINGS = ["DB", "POOL_COORDINATOR"];

/** The settings that the Worker reads. */
function settings() {
  const [, list] = read("crates", "core", "src", "bindings.rs").match(/RESERVED_BINDINGS: &\[&str\] = &\[([^\]]+)\]/);
  const names = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
  return names.filter((name) => !BINDINGS.includes(name));
}

/** The blocks of the example: the sentences, and the settings that follow them. */
function blocks() {
  return read(".dev.vars.example").split("\n\n").map((block) => {
    const lines = block.trim().split("\n");
    const isSetting = (line) => /^(# )?[A-Z][A-Z_]+="/.test(line);
    return { words: lines.filter((line) => !isSetting(line)), vars: parseEnv(lines.filter(isSetting).map((line) => line.replace(/^# /, "")).join("\n")) };
  });
}

test(".dev.vars.example has every setting of the Worker with a sentence, and no other", () => {
  const known = settings();
  assert.ok(known.length >= 16 && known.includes("OCTOPOOL_AUDIT_KEY"), known.join());
  const named = blocks().flatMap(({ words, vars }) => {
    if (Object.keys(vars).length) assert.match(words.join(" "), /^# .*\w.*[.\d]/, Object.keys(vars).join());
    return Object.keys(vars).filter((name) => !OTHERS.test(name));
  });
  assert.deepEqual(named.toSorted(), known.toSorted());
});

test("wrangler.toml and the README name the same settings, with the same defaults", () => {
  const [toml, readme] = [read("wrangler.toml"), read("README.md")];
  for (const [name, value] of blocks().flatMap(({ vars }) => Object.entries(vars)).filter(([name]) => !OTHERS.test(name))) {
    assert.match(toml, new RegExp(`\\b${name}\\b`), `wrangler.toml has no ${name}`);
    assert.match(readme, new RegExp(`^\\| .*\`${name}\``, "m"), `README.md has no ${name}`);
    if (value) assert.ok(toml.includes(`# ${name} = "${value}"`) && new RegExp(`^\\| .*\`${name}\`.*\`${value}\``, "m").test(readme), `${name} = ${value}`);
  }
});

test("a deployment asks for secrets that the example names", () => {
  const text = read(".dev.vars.example");
  for (const { name, from } of SECRETS) assert.ok(text.includes(`${name}="`) && (text.includes(from) || name === "OCTOPOOL_AUDIT_KEY"), name);
});
