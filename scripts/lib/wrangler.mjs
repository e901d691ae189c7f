// The pinned wrangler: local database, local runtime, size of a deployment.

import { openSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { inRoot, root, shown, withOwnNode } from "./paths.mjs";
import { eachLine, Failure, run, start } from "./processes.mjs";

// What the package's `wrangler` starts. Directly, because that one dies of a signal without passing it on.
const PROGRAM = ["--no-warnings", "--experimental-vm-modules", inRoot("node_modules", "wrangler", "wrangler-dist", "cli.js")];
const LEASH = fileURLToPath(new URL("leash.mjs", import.meta.url));
const READY_MS = 60_000;
// wrangler's own log: where it would put it otherwise, it makes a new file for each run.
const OWN_LOG = inRoot(".wrangler", "debug.log");

const quietEnv = () => ({
  ...withOwnNode(),
  CI: "true",
  NO_COLOR: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG_PATH: OWN_LOG,
  // It would ask Cloudflare where we are, for a field that octopool does not read, and complain when offline.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
});

/** Runs wrangler; resolves to its output. */
export function wrangler(args, progress, next) {
  return run(process.execPath, [...PROGRAM, ...args], { cwd: root, env: quietEnv(), onLine: progress, what: `wrangler ${args[0]}`, next });
}

/** Applies the migrations to the local database; wrangler knows which ones it has. */
export function migrate(state, progress) {
  const next = `if the local data may go, remove ${shown(state)} and start again`;
  return wrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", state], progress, next);
}

/**
 * Starts the Worker on the local runtime; resolves when it answers.
 *
 * @param {{ port: number, state: string, settings?: string, config?: string, log: string, ready?: string, onLine?: (line: string, isError: boolean) => void }} options
 *   `settings` and `log` are files, `config` is that of another Worker than ours, `ready` a path that
 *   it answers; `onLine` sees each line of the log and whether it is about an error
 */
export async function startWorker({ port, state, settings, config, log, ready = "/.well-known/octopool", onLine }) {
  const file = openSync(log, "w", 0o600);
  const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", state];
  const more = [...(settings ? ["--env-file", settings] : []), ...(config ? ["--config", config] : []), "--show-interactive-dev-session=false"];
  const options = { cwd: root, env: { ...process.env, ...quietEnv() }, stdio: ["pipe", "pipe", "pipe"] };
  const child = start(process.execPath, [LEASH, process.execPath, ...PROGRAM, ...args, ...more], options);
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      writeFileSync(file, `${line}\n`);
      if (tail.push(line) > 30) tail.shift();
      // The last words, on where the log is, are no error.
      onLine?.(line, stream === child.stderr && !line.includes(OWN_LOG));
    });
  }
  let ended;
  child.once("close", (code) => (ended = `wrangler dev ended (exit code ${code})`));
  const url = `http://127.0.0.1:${port}${ready}`;
  for (const until = Date.now() + READY_MS; !ended && Date.now() < until; await sleep(100)) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    if (answer) return child;
  }
  throw new Failure(ended ?? `the Worker does not answer at ${url}`, { tail: ended ? tail : [], next: `see ${shown(log)}` });
}
