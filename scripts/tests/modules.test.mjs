import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

import { inRoot } from "../lib/paths.mjs";

const folder = (...parts) => readdirSync(inRoot("scripts", ...parts)).filter((name) => name.endsWith(".mjs")).map((name) => inRoot("scripts", ...parts, name));

/** The modules that a module imports, or starts as a program by its path. */
export const named = (text, from) => [...text.matchAll(/["/]((?:\.{1,2}\/)?[\w./-]+\.mjs)"/g)].map(([, name]) => path.resolve(path.dirname(from), name));

/** Those modules, and theirs. */
function reached(files) {
  const found = new Set(files);
  for (const file of found) for (const next of named(readFileSync(file, "utf8"), file)) if (existsSync(next)) found.add(next);
  return found;
}

test("every module is used by a command, and every one of lib/ is tried by a test", () => {
  const commands = reached([...folder(), inRoot("tests", "e2e", "clients", "clients.mjs")]);
  const tried = new Set(folder("tests").flatMap((file) => named(readFileSync(file, "utf8"), file)));
  const unused = [...folder("lib"), ...folder("bench"), ...folder("walk")].filter((file) => !commands.has(file));
  assert.deepEqual({ unused, untried: folder("lib").filter((file) => !tried.has(file)) }, { unused: [], untried: [] });
});

test("a module that nothing names is found", () => {
  assert.deepEqual(named('import { a } from "./lib/a.mjs";\nnew URL("leash.mjs", import.meta.url)', "/x/y.mjs"), ["/x/lib/a.mjs", "/x/leash.mjs"]);
});
