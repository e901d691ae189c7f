import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { standinCast } from "../walk/cast.mjs";
import { filled, parsed, redacted, sections, wrapped } from "../walk/walk.mjs";

test("a command line is taken apart as a shell does", () => {
  assert.deepEqual(parsed("T=$(A=$X octopool b 'c [d]' $X)", { X: "x y" }), { into: "T", env: { A: "x y" }, args: ["b", "c [d]", "x y"] });
  assert.deepEqual(parsed("octopool health", {}), { into: undefined, env: {}, args: ["health"] });
});

test("no line is wider than 80 columns, and an option stays with its value", () => {
  const lines = wrapped(`octopool admin identity --login ${"x".repeat(50)} --scope ${"y".repeat(20)}`);
  assert.deepEqual(lines.map((line) => line.length <= 80), lines.map(() => true));
  assert.match(lines.at(-1), /^ {4}--scope y+$/);
});

test("no token is shown", () => {
  assert.equal(redacted("a op_0123456789abcdef-x opa_9876543210 b"), "a op_0123… opa_9876… b");
});

test("the walk of walk.txt is short: 80 columns and about 60 lines", () => {
  const all = sections(readFileSync(new URL("../walk/walk.txt", import.meta.url), "utf8"));
  const vars = { ALLOWED_GITHUB_ORG: "acme", OCTOPOOL_ADMIN_TOKEN: "x" };
  const cast = standinCast({ vars, credentials: { tokens: {}, installation_id: 77001 } });
  const visible = all.filter(({ steps }) => steps.some(({ kind }) => kind === "$"));
  const shown = visible.flatMap(({ title, steps }) => [`# ${title}`, ...steps.filter(({ kind }) => kind === "$").flatMap(({ line, says }) => [...wrapped(filled(line, cast)), ...says])]);
  assert.ok(shown.length <= 62 && all.every(({ title }) => title.length < 79), `${shown.length} lines`);
});
