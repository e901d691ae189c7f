import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Failure, outcome, run, start, stopAll } from "../lib/processes.mjs";

const posix = { skip: process.platform === "win32" };
const LEASH = fileURLToPath(new URL("../lib/leash.mjs", import.meta.url));
const piped = { stdio: ["ignore", "pipe", "inherit"] };
/** A program that starts another and says its number, and one that moreover ignores requests to stop. */
const PARENT = 'console.log(require("child_process").spawn("sleep", ["60"]).pid); setInterval(() => {}, 1000);';
const STUBBORN = `process.on("SIGTERM", () => {}); ${PARENT}`;

test("what a program started goes with it", posix, async () => {
  const grandchild = await firstNumber(start(process.execPath, ["-e", PARENT], piped));
  await stopAll();
  assert.equal(await ends(grandchild), true);
});

test("a server on a leash goes when the one who started it is killed", posix, async () => {
  const args = JSON.stringify([LEASH, process.execPath, "-e", STUBBORN]);
  const owner = `const leash = require("child_process").spawn(process.execPath, ${args}, { stdio: ["pipe", "inherit", "inherit"], detached: true });
    setInterval(() => leash, 1000);`;
  const child = spawn(process.execPath, ["-e", owner], piped);
  const grandchild = await firstNumber(child);
  child.kill("SIGKILL");
  assert.equal(await ends(grandchild), true);
});

test("a failure shows the end of what the program said", async () => {
  const script = 'console.log("one"); console.error("\\u001b[31mtwo\\u001b[0m"); process.exit(3)';
  const { message, tail, next } = await run(process.execPath, ["-e", script], { what: "it", next: "fix it" }).catch((error) => error);
  assert.deepEqual({ message, tail: tail.sort(), next }, { message: "it failed (exit code 3)", tail: ["one", "two"], next: "fix it" });
  await assert.rejects(run("no-such-program", []), new Failure("no-such-program was not found"));
});

async function firstNumber(child) {
  return Number(String((await once(child.stdout, "data"))[0]));
}

/** Whether the process ends within ten seconds; one that only waits to be reaped has ended. */
async function ends(pid) {
  for (let i = 0; i < 100; i += 1, await sleep(100)) {
    const { stdout } = await outcome("ps", ["-o", "stat=", "-p", String(pid)]);
    if (stdout.trim() === "" || stdout.startsWith("Z")) return true;
  }
  return false;
}
