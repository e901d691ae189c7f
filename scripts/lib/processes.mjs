// Every program that we start, and the promise that none of them outlives us.
//
// Each gets a process group of its own, because programs start others (npm, cargo and wrangler all
// do) and a signal to one process would leave those behind. A terminal's Ctrl-C then reaches only
// us, and we stop the rest in order.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { stripVTControlCharacters } from "node:util";

const GRACE_MS = 6000;
const TAIL_LINES = 30;

const running = new Set();
let stopping = false;

/** An expected failure: what happened, what to do next, the last lines of the program that failed. */
export class Failure extends Error {
  constructor(message, { next, tail = [] } = {}) {
    super(message);
    Object.assign(this, { next, tail });
  }
}

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

export const stopAll = () => Promise.all([...running].map(stop));

/** Calls `end` once for the first request to end; its result is the exit code. */
export function onEnd(end) {
  const first = async (number) => {
    // npm passes on the signal that the terminal sent us already.
    if (stopping) return;
    stopping = true;
    process.exit(await end(128 + number));
  };
  for (const [signal, number] of [["SIGINT", 2], ["SIGTERM", 15], ["SIGHUP", 1]]) process.on(signal, () => first(number));
  // An npm that is killed outright passes nothing on, and nobody would be left who could end us.
  const npm = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== npm && first(1), 1000).unref();
}

async function stop({ child, gone }) {
  // Servers get a pipe as their input and take its end as the request to stop.
  if (child.stdin) child.stdin.end();
  else signalGroup(child, "SIGTERM");
  const late = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE_MS);
  await gone;
  clearTimeout(late);
  // The program itself has gone; what it started may linger in its group.
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }, signal) {
  if (process.platform === "win32") return pid && spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore" });
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in the group, or it never began.
  }
}

/** Calls `take` with each line of a stream that is not blank, without colours; resolves at its end. */
export function eachLine(stream, take) {
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  // Cursor movements of another program would garble ours.
  const plain = (line) => stripVTControlCharacters(line).replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
  lines.on("line", (line) => plain(line).trim() && take(plain(line)));
  return once(lines, "close");
}

/**
 * Runs a program; resolves to its standard output, fails with the end of its output. `onLine` sees every
 * line of both streams and whether it is of the second, `input` is what the program reads, `what` names it
 * in the error, `next` says what to do then, and `keep` is how many last lines the error shows.
 */
export async function run(command, args, { onLine, next, what = command, keep = TAIL_LINES, ...options } = {}) {
  const tail = [];
  const take = (line, isError) => {
    if (tail.push(line) > keep) tail.shift();
    onLine?.(line, isError);
  };
  const { code, stdout, why } = await outcome(command, args, { ...options, onLine: take });
  if (code !== 0) throw new Failure(`${what} ${why}`, { tail, next });
  return stdout;
}

/** Runs a program; resolves to its exit code, how it ended in words, and its standard output. */
export async function outcome(command, args, { cwd, env, input, onLine } = {}) {
  const child = start(command, args, { cwd, env: { ...process.env, ...env }, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
  // A program that ends without having read it is no error of ours.
  child.stdin?.on("error", () => {}).end(input);
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (data) => (stdout += data));
  const read = [child.stdout, child.stderr].map((stream) => eachLine(stream, (line) => onLine?.(line, stream === child.stderr)));
  const ended = await end(child);
  await Promise.all(read);
  return { ...ended, stdout };
}

/** Runs a program that shows all it says itself; resolves to its exit code. */
export async function runVisibly(command, args, { cwd, env } = {}) {
  const { code, why } = await end(start(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "inherit", "inherit"] }));
  if (code === undefined) throw new Failure(`${command} ${why}`);
  return code ?? 1;
}

/** `code` is undefined if the program could not be started, and null if a signal ended it. */
function end(child) {
  return new Promise((resolve) => {
    child.once("error", ({ code, message }) => resolve({ why: code === "ENOENT" ? "was not found" : message }));
    child.once("close", (code, signal) => resolve({ code, why: signal ? `was ended by ${signal}` : `failed (exit code ${code})` }));
  });
}
