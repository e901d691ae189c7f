import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Failure, run, start, stopAll } from "../lib/processes.mjs";

const posix = { skip: process.platform === "win32" };
const LEASH = fileURLToPath(new URL("../lib/leash.mjs", import.meta.url));
/** A program that starts another and says its number. */
const PARENT = `
  const child = require("child_process").spawn("sleep", ["60"]);
  console.log(child.pid);
  setInterval(() => {}, 1000);`;
/** One that moreover ignores requests to stop. */
const STUBBORN = `process.on("SIGTERM", () => {}); ${PARENT}`;

test("what a program started goes with it", posix, async () => {
  const child = start(process.execPath, ["-e", PARENT], { stdio: ["ignore", "pipe", "inherit"] });
  const grandchild = await firstNumber(child);
  await stopAll();
  assert.equal(await ends(grandchild), true);
});

test("a server on a leash goes when the one who started it is killed", posix, async () => {
  const owner = `
    const leash = require("child_process").spawn(process.execPath, [${JSON.stringify(LEASH)}, process.execPath, "-e", ${JSON.stringify(STUBBORN)}],
      { stdio: ["pipe", "inherit", "inherit"], detached: true });
    setInterval(() => leash, 1000);`;
  const child = spawn(process.execPath, ["-e", owner], { stdio: ["ignore", "pipe", "inherit"] });
  const grandchild = await firstNumber(child);
  child.kill("SIGKILL");
  assert.equal(await ends(grandchild), true);
});

test("a failure shows the end of what the program said", async () => {
  const script = 'console.log("one"); console.error("\\u001b[31mtwo\\u001b[0m"); process.exit(3)';
  const error = await run(process.execPath, ["-e", script], { what: "it", next: "fix it" }).catch((error) => error);
  assert.ok(error instanceof Failure);
  assert.equal(error.message, "it failed (exit code 3)");
  assert.deepEqual(error.tail.sort(), ["one", "two"]);
  assert.equal(error.next, "fix it");
});

async function firstNumber(child) {
  const [data] = await once(child.stdout, "data");
  return Number(String(data));
}

/** Whether the process ends within ten seconds; one that only waits to be reaped has ended. */
async function ends(pid) {
  for (let i = 0; i < 100; i += 1) {
    const state = await run("ps", ["-o", "stat=", "-p", String(pid)]).catch(() => "");
    if (state.trim() === "" || state.startsWith("Z")) return true;
    await sleep(100);
  }
  return false;
}
