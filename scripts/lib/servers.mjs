// What runs on this machine: the stand-in for GitHub, the Worker, and the application served natively.

import { once } from "node:events";
import net from "node:net";
import path from "node:path";

import { cargoBuild } from "./cargo.mjs";
import { shown } from "./paths.mjs";
import { eachLine, Failure, start } from "./processes.mjs";
import { DEFAULT_PORT, ownSettings, privateFolder, standinSettings } from "./settings.mjs";
import { setUpAndBuild } from "./setup.mjs";
import { step } from "./terminal.mjs";
import { migrate, startWorker } from "./wrangler.mjs";

/** The port of `--port`, then of the variable PORT, then 8787; fails if it is taken. */
export async function portOf({ port = process.env.PORT || String(DEFAULT_PORT) }) {
  const number = Number(port);
  if (!(/^\d+$/.test(port) && number >= 1 && number <= 65535)) {
    throw new Failure(`the port must be a number from 1 to 65535, not ${JSON.stringify(port)}`);
  }
  const other = number === 65535 ? DEFAULT_PORT : number + 1;
  const next = `stop the program that listens there, or choose another port: npm start -- --port ${other}`;
  return listen(number).catch(({ code, message }) => {
    throw new Failure(code === "EADDRINUSE" ? `port ${port} is taken` : `cannot listen on port ${port}: ${message}`, { next });
  });
}

/** A port that nobody uses. */
export const freePort = () => listen(0);

/** Listens for a moment; resolves to the port. */
async function listen(port) {
  const server = net.createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  const { port: taken } = server.address();
  await once(server.close(), "close");
  return taken;
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
  await step("Worker on the local runtime", async ({ note }) => {
    children.push(await startWorker({ port: await portOf({ port: String(port) }), state, settings: settings.file, log, onLine }));
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

/** Builds and starts the application with the stand-in, without workerd: an example of crates/testkit. */
export async function serveNatively({ progress, note }) {
  const program = await cargoBuild(["--package", "octopool-testkit", "--example", "serve"], { progress });
  const [url, adminToken, token, githubUrl, githubToken] = (await startSaying(program, [])).line.split(" ");
  note(url);
  return { url, adminToken, token, github: { url: githubUrl, token: githubToken } };
}

/** Starts a server that says where it listens, in one line, and ends with its input: even if we are killed. */
async function startSaying(program, args) {
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
