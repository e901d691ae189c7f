import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import path from "node:path";
import { test } from "node:test";

import { cargoBuild } from "../lib/cargo.mjs";
import { inRoot } from "../lib/paths.mjs";
import { outcome } from "../lib/processes.mjs";
import { installPython } from "../lib/python.mjs";
import { freePort, portOf } from "../lib/servers.mjs";
import { isOlder } from "../lib/setup.mjs";
import { isMadeOf } from "../lib/worker.mjs";

/** Runs a module that begins with these imports. */
const node = (text, args = []) => {
  const [a, b] = ["../lib/command.mjs", "../lib/terminal.mjs"].map((name) => new URL(name, import.meta.url));
  const imports = `import { command } from "${a}"; import { step } from "${b}";`;
  return outcome(process.execPath, ["--input-type=module", "-e", imports + text, "--", ...args]);
};

test("a command ends with its code, shows its help, and refuses other options", async () => {
  const text = 'await command("HELP", { a: { type: "string" } }, async ({ a }) => Number(a));';
  assert.equal((await node(text, ["--a", "7"])).code, 7);
  assert.deepEqual(await node(text, ["--help"]), { code: 0, why: "failed (exit code 0)", stdout: "HELP\n" });
  const { code, stdout } = await node(text, ["--b"]);
  assert.ok(code === 1 && stdout.includes("Error: Unknown option '--b'") && stdout.includes("--help"), stdout);
});

test("a step says how it ended", async () => {
  const { code, stdout } = await node('await command("", {}, async () => { await step("a", async ({ note }) => note("n")); await step("b", () => Promise.reject(1)); });');
  assert.ok(code === 1 && /✓ a: n \(.* s\)\n.*✗ b/.test(stdout), stdout);
});

test("a program that cargo cannot build is a failure with what cargo says", async () => {
  const failed = cargoBuild(["--package", "octopool-core", "--bin", "none"], { progress: () => {} });
  await assert.rejects(failed, ({ message, tail }) => message.startsWith("cargo build failed") && tail.join().includes("none"));
});

test("a port must be a number that nobody uses", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  for (const port of ["0", "x", "65536"]) await assert.rejects(portOf({ port }), /from 1 to 65535/);
  await assert.rejects(portOf({ port: String(server.address().port) }), /is taken/);
  const free = await freePort();
  assert.equal(await portOf({ port: String(free) }), free);
});

test("versions are compared as numbers", () => {
  assert.deepEqual(["20.9.0", "20.12.0", "22.1.0"].map((found) => isOlder(found, ">=20.12")), [true, false, false]);
  assert.equal(isOlder("rustc 1.95.0 (2026-04-14)", "1.100"), true);
});

test("a build counts as done only for the module that it was made of and the recipe that made it", (t) => {
  const folder = temporary(t);
  const [compiled, module, script, recipe] = ["compiled", "module", "script", "recipe"].map((name) => path.join(folder, name));
  const at = (file, seconds) => (writeFileSync(file, ""), utimesSync(file, seconds, seconds));
  const done = () => isMadeOf(compiled, module, script, [recipe]);
  [[compiled, 100], [script, 200], [recipe, 150]].forEach(([file, seconds]) => at(file, seconds));
  assert.equal(done(), false, "nothing is made yet");
  at(module, 100);
  assert.equal(done(), true);
  // Also an older one: cargo puts back what it built for another branch.
  at(compiled, 50);
  assert.equal(done(), false);
  at(compiled, 100);
  at(recipe, 250);
  assert.equal(done(), false);
});

test("an installation that was interrupted is made anew", { skip: process.platform === "win32" }, async (t) => {
  const folder = temporary(t);
  const name = path.basename(folder);
  const home = inRoot("target", "python", name);
  t.after(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(path.join(home, "bin", "half"), { recursive: true });
  const fake = path.join(folder, "python3");
  writeFileSync(fake, '#!/bin/sh\n[ -e "$3/bin/half" ] && exit 1; mkdir -p "$3/bin"; cp "$0" "$3/bin/pip"; printf "#!/bin/sh\\necho $*" > "$3/bin/python"; chmod +x "$3/bin/python"\n');
  chmodSync(fake, 0o755);
  const before = process.env.PATH;
  process.env.PATH = `${folder}:${before}`;
  t.after(() => (process.env.PATH = before));
  assert.equal((await installPython(name, ["x"], () => {}))("pip"), path.join(home, "bin", "pip"));
});

function temporary(t) {
  const folder = mkdtempSync(inRoot("target", "octopool-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
