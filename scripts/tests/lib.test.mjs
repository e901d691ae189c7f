import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { test } from "node:test";
import { parseEnv } from "node:util";

import { cargoBuild, isMadeOf } from "../lib/build.mjs";
import { inRoot, isNewEnough, nodeProgram } from "../lib/paths.mjs";
import { outcome } from "../lib/processes.mjs";
import { freePort, portOf } from "../lib/servers.mjs";
import { privateFolder, settingsText, writePrivate } from "../lib/settings.mjs";
import { installNodeModules } from "../lib/setup.mjs";
import { standinCast } from "../walk/cast.mjs";
import { filled, parsed, redacted, sections, wrapped } from "../walk/walk.mjs";

const posix = { skip: process.platform === "win32" };

/** Runs a module that begins with this import. */
function node(text, args = []) {
  const imported = `import { command, step } from "${new URL("../lib/command.mjs", import.meta.url)}";`;
  return outcome(process.execPath, ["--input-type=module", "-e", imported + text, "--", ...args]);
}

test("a command ends with its code, shows its help, and refuses other options", async () => {
  const text = 'await command("build", { a: { type: "string" } }, async ({ a }) => Number(a));';
  assert.equal((await node(text, ["--a", "7"])).code, 7);
  assert.match((await node(text, ["--help"])).stdout, /^npm run build\n/);
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

test("a Node that is too old is told so, and which one is needed", async () => {
  for (const [version, bound, isEnough] of [["20.12.0", ">=20.12", true], ["20.9.1", ">=20.12", false], ["22.0.0", ">=20.12", true], ["22.11.9", ">=22.12.0", false], ["26.1.0", ">=22.12.0", true]]) {
    assert.equal(isNewEnough(version, bound), isEnough, `${version} ${bound}`);
  }
  const older = 'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.1" } })';
  for (const script of ["start", "wrangler"]) {
    const lines = [];
    const { code } = await outcome(process.execPath, ["--import", older, inRoot("scripts", `${script}.mjs`)], { onLine: (line) => lines.push(line) });
    assert.ok(code === 1 && /^Error: Node 18\.20\.1 is too old .* 20\.12 or newer\nNext: .*nodejs\.org/.test(lines.join("\n")), lines.join("\n"));
  }
});

test("the Node that runs wrangler is the one that package.json pins", async () => {
  const { optionalDependencies } = JSON.parse(readFileSync(inRoot("package.json"), "utf8"));
  const versions = new Set(Object.values(optionalDependencies));
  assert.equal(versions.size, 1);
  assert.equal((await outcome(nodeProgram(), ["--version"])).stdout.trim(), `v${[...versions][0]}`);
});

test("what is set up is not set up again", async () => assert.equal(await installNodeModules(), false));

test("a build counts as done only for the module that it was made of and the recipe that made it", (t) => {
  const folder = mkdtempSync(inRoot("target", "octopool-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
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

test("a key survives the way through a settings file", () => {
  const KEY = "-----BEGIN RSA PRIVATE KEY-----\nMII+/=\n-----END RSA PRIVATE KEY-----\n";
  assert.deepEqual({ ...parseEnv(settingsText({ KEY, ID: 4242 })) }, { KEY, ID: "4242" });
});

test("what a shell would run or another reader would change is refused", () => {
  for (const value of ["$(id)", "`id`", 'a"b', "a\\b"]) assert.throws(() => settingsText({ NAME: value }), /NAME/);
});

test("a shell reads the same file, only its owner can read it, and each port has a folder of its own", posix, (t) => {
  const folder = privateFolder("test");
  t.after(() => rmSync(folder, { recursive: true }));
  assert.notEqual(privateFolder(8787), folder);
  const file = path.join(folder, "client.env");
  writePrivate(file, "");
  writePrivate(file, settingsText({ TOKEN: "op_a-b_c", URL: "http://127.0.0.1:8787" }));
  assert.deepEqual([folder, file].map((it) => statSync(it).mode & 0o777), [0o700, 0o600]);
  const said = execFileSync("sh", ["-c", `set -a; . '${file}'; env`], { encoding: "utf8" });
  assert.match(said, /^TOKEN=op_a-b_c$/m);
  assert.match(said, /^URL=http:\/\/127\.0\.0\.1:8787$/m);
});

test("a command line is taken apart as a shell does", () => {
  assert.deepEqual(parsed("T=$(A=$X octopool b 'c [d]' $X)", { X: "x y" }), { into: "T", env: { A: "x y" }, args: ["b", "c [d]", "x y"] });
  assert.deepEqual(parsed("octopool health", {}), { into: undefined, env: {}, args: ["health"] });
});

test("no line is wider than 80 columns, and an option stays with its value", () => {
  const lines = wrapped(`octopool admin identity --login ${"x".repeat(50)} --scope ${"y".repeat(20)}`);
  assert.deepEqual(lines.map((line) => line.length <= 80), lines.map(() => true));
  assert.match(lines.at(-1), /^ {4}--scope y+$/);
});

test("no token is shown", () => assert.equal(redacted("a op_0123456789abcdef-x opa_9876543210 b"), "a op_0123… opa_9876… b"));

test("the walk of walk.txt is short: 80 columns and 60 lines", () => {
  const all = sections(readFileSync(new URL("../walk/walk.txt", import.meta.url), "utf8"));
  const vars = { ALLOWED_GITHUB_ORG: "acme", OCTOPOOL_ADMIN_TOKEN: "x" };
  const cast = standinCast({ vars, credentials: { tokens: {}, installation_id: 77001 } });
  const visible = all.filter(({ steps }) => steps.some(({ kind }) => kind === "$"));
  const shown = visible.flatMap(({ title, steps }) => [`# ${title}`, ...steps.filter(({ kind }) => kind === "$").flatMap(({ line, says }) => [...wrapped(filled(line, cast)), ...says])]);
  assert.ok(shown.length <= 60 && all.every(({ title }) => title.length < 79), `${shown.length} lines`);
});
