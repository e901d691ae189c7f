// What runs on this machine: the stand-in for GitHub, and the Worker under the pinned wrangler.

import { once } from "node:events";
import { openSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { cargoBuild } from "./build.mjs";
import { step } from "./command.mjs";
import { nodeProgram, root, shown } from "./paths.mjs";
import { eachLine, Failure, start } from "./processes.mjs";
import { DEFAULT_PORT, ownSettings, privateFolder, standinSettings } from "./settings.mjs";
import { setUpAndBuild } from "./setup.mjs";
import { OWN_LOG, PROGRAM, quietEnv, wrangler } from "./wrangler.mjs";

const LEASH = fileURLToPath(new URL("leash.mjs", import.meta.url));
// Without a word from it: the build that wrangler runs first may wait for another cargo, and says so.
const READY_MS = 60_000;
/** The port of `--port`, then of the variable PORT, then 8787; fails if it is taken. */
export async function portOf({ port = process.env.PORT || String(DEFAULT_PORT) }) {
  const number = /^\d+$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535) throw new Failure(`the port must be a number from 1 to 65535, not ${JSON.stringify(port)}`);
  const other = number === 65535 ? DEFAULT_PORT : number + 1;
  const next = `stop the program that listens there, or choose another port: npm start -- --port ${other}`;
  return listen(number).catch(({ code, message }) => {
    throw new Failure(code === "EADDRINUSE" ? `port ${port} is taken` : `cannot listen on port ${port}: ${message}`, { next });
  });
}

/** A port that nobody uses. */
export const freePort = () => listen(0);

/** Listens for a moment; resolves to the port. */
async function listen(wanted) {
  const server = net.createServer().listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return once(server.close(), "close").then(() => port);
}

/** Does the set-up and starts everything; `onLine` sees the Worker's log and whether a line is about an error. */
export async function startServers({ port, onLine }) {
  await setUpAndBuild();
  const folder = privateFolder(port);
  const children = [];
  let settings = ownSettings();
  if (!settings) {
    const { child, url } = await step("Stand-in for GitHub", (told) => startStandin(folder, told), "about 2 minutes the first time");
    children.push(child);
    settings = standinSettings(folder, url);
  }
  // A database of its own: the stand-in's accounts have numbers that belong to others on GitHub.
  const state = path.join(folder, settings.isOwn ? "state-github" : "state");
  await step("Local database", ({ progress }) => migrate(state, progress));
  const log = path.join(folder, "wrangler.log");
  await portOf({ port: String(port) });
  await step("Worker on the local runtime", async ({ note }) => {
    children.push(await startWorker({ port, state, settings: settings.file, log, onLine }));
    note(`${settings.isOwn ? "real GitHub, " : ""}settings of ${shown(settings.file)}`);
  });
  const ended = Promise.race(children.map((child) => once(child, "close")));
  return { url: `http://127.0.0.1:${port}`, folder, state, log, settings, ended };
}

/**
 * Builds the stand-in for GitHub and starts it, on a free port unless one is given. The tokens of its
 * accounts and the key of its App are in the folder's `github.json`, which it makes if there is none.
 */
export async function startStandin(folder, { progress, note, port = "0" }) {
  const program = await cargoBuild(["--package", "octopool-github-standin", "--bin", "github-standin"], { progress });
  const args = ["--port", port, "--credentials", path.join(folder, "github.json"), "--json", "--exit-with-stdin"];
  const { child, line } = await startSaying(program, args);
  const { base_url: url } = JSON.parse(line);
  note(`listens on ${url}`);
  return { child, url };
}

/** Tells the stand-in something (crates/github-standin/README.md): a fault, or an edit of its state. */
export async function tellStandin(url, path, body) {
  const response = await fetch(`${url}/_standin/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Failure(`the stand-in for GitHub answers ${response.status}: ${await response.text()}`);
}

/** Starts a server that says where it listens, in one line, and ends with its input: even if we are killed. */
export async function startSaying(program, args) {
  const child = start(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const tail = [];
  eachLine(child.stderr, (line) => tail.push(line));
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Failure(`${path.basename(program)} ${why}`, { tail }));
    child.once("error", (error) => fail(`cannot be started: ${error.message}`));
    child.once("close", (code) => fail(`ended (exit code ${code})`));
    eachLine(child.stdout, (line) => resolve({ child, line }));
  });
}

/** Applies the migrations to the local database; wrangler knows which ones it has. */
export function migrate(state, progress) {
  const next = `if the local data may go, remove ${shown(state)} and start again`;
  return wrangler(["d1", "migrations", "apply", "DB", "--local", "--persist-to", state], progress, next);
}

/**
 * Starts the Worker on the local runtime; resolves when it answers `ready`. `settings` and `log` are
 * files, `config` is that of another Worker than ours; `onLine` sees each line of the log and whether it is
 * about an error.
 */
export async function startWorker({ port, state, settings, config, log, ready = "/.well-known/octopool", onLine }) {
  const file = openSync(log, "w", 0o600);
  const args = ["dev", "--local", "--ip", "127.0.0.1", "--port", String(port), "--inspector-port", "0", "--persist-to", state];
  const more = [...(settings ? ["--env-file", settings] : []), ...(config ? ["--config", config] : []), "--show-interactive-dev-session=false"];
  const options = { cwd: root, env: { ...process.env, ...quietEnv() }, stdio: ["pipe", "pipe", "pipe"] };
  const child = start(nodeProgram(), [LEASH, nodeProgram(), ...PROGRAM, ...args, ...more], options);
  const tail = [];
  let heard = Date.now();
  for (const stream of [child.stdout, child.stderr]) {
    eachLine(stream, (line) => {
      heard = Date.now();
      writeFileSync(file, `${line}\n`);
      if (tail.push(line) > 30) tail.shift();
      // The last words, on where the log is, are no error.
      onLine?.(line, stream === child.stderr && !line.includes(OWN_LOG));
    });
  }
  let ended;
  child.once("close", (code) => (ended = `wrangler dev ended (exit code ${code})`));
  const url = `http://127.0.0.1:${port}${ready}`;
  for (; !ended && Date.now() < heard + READY_MS; await sleep(100)) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    if (answer) return child;
  }
  throw new Failure(ended ?? `the Worker does not answer at ${url}`, { tail: ended ? tail : [], next: `see ${shown(log)}` });
}
