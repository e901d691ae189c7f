// Between processes: one at a time. A folder is made or it exists already, which every file system decides atomically.

import { mkdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const BEAT_MS = 2000;
// A holder that was killed does not clean up. One that merely is slow still beats; 20 missed beats are no hiccup.
const STALE_MS = 40_000;

/** Runs `work` while holding the lock; `onWait` is told once if somebody else holds it. */
export async function withLock(folder, onWait, work) {
  mkdirSync(path.dirname(folder), { recursive: true });
  for (let told = false; !take(folder); ) {
    if (!told) onWait();
    told = true;
    await sleep(500);
  }
  const beat = setInterval(() => touch(folder), BEAT_MS);
  // A signal ends the process without coming back here.
  const release = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    process.off("exit", release);
    release();
  }
}

function take(folder) {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (ageMs(folder) > STALE_MS) clear(folder);
  return false;
}

/** Of several that find the lock stale, the one whose rename works removes it. */
function clear(folder) {
  const grave = `${folder}.stale-${process.pid}`;
  try {
    renameSync(folder, grave);
    rmSync(grave, { recursive: true, force: true });
  } catch {
    // Somebody else was faster.
  }
}

function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return 0;
  }
}

function touch(folder) {
  const now = new Date();
  try {
    utimesSync(folder, now, now);
  } catch {
    // Taken away as stale after this machine slept; what the lock guards is atomic by itself.
  }
}
