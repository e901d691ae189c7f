import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { inRoot } from "../lib/paths.mjs";

const modules = (folder) => readdirSync(inRoot("scripts", folder)).filter((name) => name.endsWith(".mjs")).map((name) => inRoot("scripts", folder, name));

/** The modules that a module imports, or starts as a program by its path. */
const named = (text, from) => [...text.matchAll(/["/]((?:\.{1,2}\/)?[\w./-]+\.mjs)"/g)].map(([, name]) => path.resolve(path.dirname(from), name));
const namedBy = (file) => named(readFileSync(file, "utf8"), file).filter(existsSync);

test("every module is used by a command, and every one of lib/ is tried by a test", () => {
  assert.deepEqual(named('import { a } from "./lib/a.mjs";\nnew URL("b.mjs", import.meta.url)', "/x/y.mjs"), ["/x/lib/a.mjs", "/x/b.mjs"].map((file) => path.resolve(file)));
  // A set is gone through to its end, also what is added meanwhile.
  const used = new Set(modules("."));
  for (const file of used) namedBy(file).forEach((next) => used.add(next));
  const unused = ["lib", "bench", "deploy", "walk"].flatMap(modules).filter((file) => !used.has(file));
  const tried = modules("tests").flatMap(namedBy);
  assert.deepEqual({ unused, untried: modules("lib").filter((file) => !tried.includes(file)) }, { unused: [], untried: [] });
});
