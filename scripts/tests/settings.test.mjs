import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { parseEnv } from "node:util";

import { privateFolder, settingsText, writePrivate } from "../lib/settings.mjs";

const PEM = "-----BEGIN RSA PRIVATE KEY-----\nMII+/=\n-----END RSA PRIVATE KEY-----\n";

test("a key survives the way through a settings file", () => {
  assert.deepEqual(parseEnv(settingsText({ KEY: PEM, ID: 4242 })), { KEY: PEM, ID: "4242" });
});

test("a shell reads the same file", { skip: process.platform === "win32" }, (t) => {
  const folder = temporary(t);
  const file = path.join(folder, "client.env");
  writePrivate(file, settingsText({ TOKEN: "op_a-b_c", URL: "http://127.0.0.1:8787" }));
  const said = execFileSync("sh", ["-c", `set -a; . ${file}; env`], { encoding: "utf8" });
  assert.match(said, /^TOKEN=op_a-b_c$/m);
  assert.match(said, /^URL=http:\/\/127\.0\.0\.1:8787$/m);
});

test("what a shell would run or another reader would change is refused", () => {
  for (const value of ["$(id)", "`id`", 'a"b', "a\\b"]) {
    assert.throws(() => settingsText({ NAME: value }), /NAME/);
  }
});

test("only their owner can read the files, and each port has a folder of its own", { skip: process.platform === "win32" }, (t) => {
  const folder = privateFolder("test");
  t.after(() => rmSync(folder, { recursive: true }));
  assert.notEqual(privateFolder(8787), folder);
  const file = path.join(folder, "secret");
  writePrivate(file, "one");
  writePrivate(file, "two");
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

function temporary(t) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
