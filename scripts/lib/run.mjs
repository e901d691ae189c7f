// Runs a program to its end and keeps the last lines of what it said.

import { spawn } from "node:child_process";

import { Failure } from "./failure.mjs";
import { start } from "./processes.mjs";
import { plain } from "./terminal.mjs";

const TAIL_LINES = 30;

/**
 * Runs a program; resolves to its standard output, fails with the end of its output.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: object, onLine?: (line: string) => void, next?: string, what?: string, keep?: number }} options
 *   `onLine` sees every line of both streams, `what` names the program in the error, `next` says what to do then, and
 *   `keep` is how many last lines the error shows
 */
export async function run(command, args, { cwd, env, onLine, next, what, keep = TAIL_LINES } = {}) {
  const child = start(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const tail = [];
  let stdout = "";
  child.stdout.on("data", (data) => (stdout += data));
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      tail.push(line);
      if (tail.length > keep) tail.shift();
      onLine?.(line);
    });
  }
  const outcome = await new Promise((resolve) => {
    child.once("error", (error) => resolve(error.code === "ENOENT" ? "was not found" : error.message));
    child.once("close", (code, signal) => resolve(code === 0 ? null : signal ? `was ended by ${signal}` : `failed (exit code ${code})`));
  });
  if (outcome !== null) throw new Failure(`${what ?? command} ${outcome}`, { tail, next });
  return stdout;
}

/** Runs a program and shows all it says; `onLine` sees each line too. Resolves to its exit code. */
export async function runVisibly(command, args, { cwd, env, onLine } = {}) {
  const child = start(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(process.stdout, { end: false });
  child.stderr.pipe(process.stderr, { end: false });
  for (const stream of [child.stdout, child.stderr]) eachLine(stream, onLine);
  return exitCode(child, command);
}

/** Runs a program that talks with the person at the terminal, who can also interrupt it there. */
export async function runInteractively(command, args, { cwd, env } = {}) {
  // No group of its own: only the terminal's foreground group may read from it.
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
  const pass = (signal) => child.kill(signal);
  process.on("SIGINT", () => {}).on("SIGTERM", pass).on("SIGHUP", pass);
  return exitCode(child, command);
}

function exitCode(child, command) {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(`cannot run ${command}: ${error.message}`)));
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Calls `take` with each line of a stream that is not blank, without colours. */
export function eachLine(stream, take) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (data) => {
    const lines = (rest + data).split(/\r?\n|\r/);
    rest = lines.pop();
    lines.map(plain).filter((line) => line.trim()).forEach((line) => take(line));
  });
  stream.on("end", () => {
    if (rest.trim()) take(plain(rest));
  });
}
