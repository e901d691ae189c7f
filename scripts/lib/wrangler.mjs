// The pinned wrangler: local database, local runtime, deployment.

import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { digest } from "./digest.mjs";
import { Failure } from "./failure.mjs";
import { inRoot, localFolder, root, shown, withOwnNode } from "./paths.mjs";
import { start } from "./processes.mjs";
import { eachLine, run, runInteractively } from "./run.mjs";

// What the package's `wrangler` starts. Directly, because that one dies of a signal without passing it on.
const PROGRAM = ["--no-warnings", "--experimental-vm-modules", inRoot("node_modules", "wrangler", "wrangler-dist", "cli.js")];
const LEASH = fileURLToPath(new URL("leash.mjs", import.meta.url));
const READY_MS = 60_000;
const LOG = "wrangler.log";
// wrangler's own diary; where it would put it otherwise, it makes a new file for each run.
const DEBUG_LOG = path.join(localFolder, "wrangler-debug.log");

const quietEnv = () => ({
  ...withOwnNode(),
  CI: "true",
  NO_COLOR: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG_PATH: DEBUG_LOG,
  // It would ask Cloudflare where we are, for a field that octopool does not read, and complain when offline.
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
});

/** Applies the migrations to the local database; resolves to false if all of them were applied before. */
export async function migrate(state, progress) {
  const stamp = path.join(state, ".migrations.json");
  const now = migrationDigests();
  const applied = existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")) : {};
  const remedy = `if the local data may go, remove ${shown(state)} and start again`;
  for (const [name, before] of Object.entries(applied)) {
    // A migration is applied once, by its name: the local database would keep what the file said then.
    if (now[name] !== before) throw new Failure(`${name} changed after it was applied to the local database`, { next: remedy });
  }
  if (Object.keys(now).every((name) => name in applied)) return false;
  const args = [...PROGRAM, "d1", "migrations", "apply", "DB", "--local", "--persist-to", state];
  await run(process.execPath, args, {
    cwd: root,
    env: quietEnv(),
    onLine: progress,
    what: "wrangler d1 migrations apply",
    next: remedy,
  });
  mkdirSync(state, { recursive: true });
  writeFileSync(stamp, JSON.stringify(now, null, 2));
  return true;
}

/** The digest of each migration, and of the binding: the database's id in wrangler.toml decides which local file it is. */
function migrationDigests() {
  const files = readdirSync(inRoot("migrations")).filter((name) => name.endsWith(".sql")).sort();
  const binding = readFileSync(inRoot("wrangler.toml"), "utf8").match(/^database_id\s*=.*/m)?.[0] ?? "no id";
  const migrations = files.map((name) => [`migrations/${name}`, digest([inRoot("migrations", name)])]);
  return Object.fromEntries([...migrations, ["wrangler.toml", digest([], [binding])]]);
}

/**
 * Starts the Worker on the local runtime; resolves when it answers. `onLine` sees each line of the log and whether it
 * is about an error.
 *
 * @param {{ port: number, state: string, settings?: string, config?: string, log?: string, ready?: string, onLine: (line: string, isError: boolean) => void }} options
 *   `config` is that of another Worker than ours, `log` the name of its log, `ready` a path that it answers
 */
export async function startWorker({ port, state, settings, config, log = LOG, ready = "/.well-known/octopool", onLine }) {
  rmSync(DEBUG_LOG, { force: true });
  const logFile = path.join(localFolder, log);
  const file = openSync(logFile, "w", 0o600);
  const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", state];
  if (settings) args.push("--env-file", settings);
  if (config) args.push("--config", config);
  const child = start(
    process.execPath,
    [LEASH, process.execPath, ...PROGRAM, ...args, "--show-interactive-dev-session=false"],
    { cwd: root, env: { ...process.env, ...quietEnv() }, stdio: ["pipe", "pipe", "pipe"] },
  );
  const tail = [];
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      writeFileSync(file, `${line}\n`);
      tail.push(line);
      if (tail.length > 30) tail.shift();
      // The last words, on where the diary is, are no error.
      onLine(line, stream === child.stderr && !line.includes(DEBUG_LOG));
    });
  }
  const ended = new Promise((_, reject) => {
    child.once("close", (code) => reject(new Failure(`wrangler dev ended (exit code ${code})`, { tail, next: `see ${shown(logFile)}` })));
  });
  ended.catch(() => {});
  await Promise.race([answers(`http://127.0.0.1:${port}${ready}`, logFile), ended]);
  return child;
}

async function answers(url, logFile) {
  for (const until = Date.now() + READY_MS; Date.now() < until; await sleep(100)) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(5000) });
      return;
    } catch {
      // Not yet.
    }
  }
  throw new Failure(`the Worker does not answer at ${url}`, { next: `see ${shown(logFile)}` });
}

/** Runs wrangler with the person at the terminal. */
export function wrangler(args) {
  return runInteractively(process.execPath, [...PROGRAM, ...args], { cwd: root, env: withOwnNode() });
}

/** What a deployment would upload, without deploying; resolves to wrangler's output. */
export function dryRun(outdir, progress) {
  const args = [...PROGRAM, "deploy", "--dry-run", "--outdir", outdir];
  return run(process.execPath, args, { cwd: root, env: quietEnv(), onLine: progress, what: "wrangler deploy --dry-run" });
}
