// The pinned wrangler, on the pinned Node.

import { spawn } from "node:child_process";
import { once } from "node:events";

import { inRoot, nodeProgram, root, withOwnNode } from "./paths.mjs";
import { run } from "./processes.mjs";

/** What the package's `wrangler` starts. Directly, because that one dies of a signal without passing it on. */
export const PROGRAM = ["--no-warnings", inRoot("node_modules", "wrangler", "wrangler-dist", "cli.js")];
/** wrangler's own log: where it would put it otherwise, it makes a new file for each run. */
export const OWN_LOG = inRoot(".wrangler", "debug.log");

/** The environment of a wrangler that asks nothing and says only what we asked it for. */
export const quietEnv = () => ({
  ...withOwnNode(), CI: "true", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true", WRANGLER_LOG_PATH: OWN_LOG,
  // It would ask Cloudflare where we are, for a field that octopool does not read, and complain when offline.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
});

/** Runs wrangler; resolves to its output. `input` is what it reads from its standard input. */
export function wrangler(args, progress, { next, env, input } = {}) {
  return run(nodeProgram(), [...PROGRAM, ...args], { cwd: root, env: { ...quietEnv(), ...env }, input, onLine: progress, what: `wrangler ${args[0]}`, next });
}

/** Runs a command of wrangler that prints JSON; resolves to it. */
export async function wranglerJson(args, { onLine, ...options } = {}) {
  const said = await wrangler(args, onLine, options);
  return JSON.parse(said);
}

/**
 * Runs wrangler with our terminal, for its questions and keys; resolves to its exit code. In our own
 * process group: in another one it could not read the keyboard.
 */
export async function wranglerAtTerminal(args, { cwd, env } = {}) {
  const child = spawn(nodeProgram(), [...PROGRAM, ...args], { cwd, env: { ...process.env, ...withOwnNode(), ...env }, stdio: "inherit" });
  const pass = ["SIGTERM", "SIGHUP"].map((signal) => [signal, () => child.kill(signal)]);
  // The terminal sends this one to wrangler, too, which ends in order.
  pass.push(["SIGINT", () => {}]);
  for (const [signal, handle] of pass) process.on(signal, handle);
  const [code, signal] = await once(child, "close");
  for (const [signal, handle] of pass) process.off(signal, handle);
  return code ?? (signal === "SIGINT" ? 130 : 143);
}
