import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { withLock } from "../lib/lock.mjs";

test("one at a time, and the one who waits is told once", async (t) => {
  const lock = path.join(temporary(t), "lock");
  const seen = [];
  let told = 0;
  const hold = (name) =>
    withLock(lock, () => (told += 1), async () => {
      seen.push(`${name} in`);
      await sleep(700);
      seen.push(`${name} out`);
    });
  await Promise.all([hold("a"), hold("b")]);
  assert.deepEqual(seen, ["a in", "a out", "b in", "b out"]);
  assert.equal(told, 1);
});

test("the lock is given back when the work fails", async (t) => {
  const lock = path.join(temporary(t), "lock");
  await assert.rejects(withLock(lock, () => {}, async () => Promise.reject(new Error("no"))), /no/);
  assert.equal(existsSync(lock), false);
});

test("a holder that died does not block forever", async (t) => {
  const lock = path.join(temporary(t), "lock");
  mkdirSync(lock);
  const past = new Date(Date.now() - 60_000);
  utimesSync(lock, past, past);
  assert.equal(await withLock(lock, () => {}, async () => "mine"), "mine");
});

function temporary(t) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}
