// Every program that we start, and the promise that none of them outlives us.
//
// Each gets a process group of its own, because the programs start others (npm, cargo and wrangler all do) and a
// signal to one process would leave those behind. A terminal's Ctrl-C then reaches only us, and we stop the rest
// in order.

import { spawn } from "node:child_process";

const GRACE_MS = 6000;

const running = new Set();
let stopping = false;

/** Whether a signal asked us to end. */
export const isStopping = () => stopping;

/** Starts a program in a process group of its own and keeps it on the list. */
export function start(command, args, options) {
  const child = spawn(command, args, { ...options, detached: process.platform !== "win32", windowsHide: true });
  const entry = { child, gone: new Promise((resolve) => child.once("close", resolve).once("error", resolve)) };
  running.add(entry);
  entry.gone.then(() => running.delete(entry));
  return child;
}

/** Stops everything on the list. */
export async function stopAll() {
  await Promise.all([...running].map(stop));
}

/** Calls `end` once for the first request to end; its result is the exit code. */
export function onEnd(end) {
  const once = async (number) => {
    // npm passes on the signal that the terminal sent us already.
    if (stopping) return;
    stopping = true;
    process.exit(await end(128 + number));
  };
  for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) process.on(signal, () => once(number));
  // An npm that is killed outright passes nothing on, and nobody would be left who could end us.
  if (!process.env.npm_lifecycle_event) return;
  const npm = process.ppid;
  setInterval(() => process.ppid !== npm && once(1), 1000).unref();
}

async function stop({ child, gone }) {
  // Servers get a pipe as their input and take its end as the request to stop: they end what they started in order.
  if (child.stdin) child.stdin.end();
  else signalGroup(child, "SIGTERM");
  const late = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
  await gone;
  clearTimeout(late);
  // The program itself has gone; what it started may linger in its group.
  signalGroup(child, "SIGKILL");
}

function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore" });
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
