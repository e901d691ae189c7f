// The Worker and what it talks to, running on this machine.

import net from "node:net";

import { Failure } from "./failure.mjs";
import { credentialsFile, generatedSettings, ownSettings } from "./local-settings.mjs";
import { shown } from "./paths.mjs";
import { setUpAndBuild } from "./setup.mjs";
import { buildStandin, startStandin } from "./standin.mjs";
import { step } from "./step.mjs";
import { migrate, startWorker } from "./wrangler.mjs";

/**
 * Does the set-up and starts everything.
 *
 * @param {{ port: number, onLine: (line: string, isError: boolean) => void }} options `onLine` sees the Worker's log
 */
export async function startServers({ port, onLine }) {
  // Before the set-up, so that nobody waits minutes for this answer.
  await demandFree(port);
  const own = ownSettings();
  await setUpAndBuild();
  const children = [];
  const settings = own ?? (await startGithub(children));
  await step("Local database", async ({ progress, note }) => {
    note((await migrate(settings.state, progress)) ? "migrated" : "up to date");
  });
  await step("Worker on the local runtime", async ({ note }) => {
    await demandFree(port);
    children.push(await startWorker({ port, state: settings.state, settings: settings.file, onLine }));
    note(own ? `real GitHub, settings of ${shown(own.file)}` : `settings of ${shown(settings.file)}`);
  });
  const ended = Promise.race(children.map((child) => new Promise((resolve) => child.once("close", resolve))));
  return { url: `http://127.0.0.1:${port}`, settings, ended };
}

async function startGithub(children) {
  await step("Stand-in for GitHub", async ({ progress, note }) => {
    await buildStandin(progress);
    note("built");
  }, "about 2 minutes the first time");
  return step("Stand-in for GitHub", async ({ note }) => {
    const { child, baseUrl } = await startStandin(credentialsFile());
    children.push(child);
    note(`listens on ${baseUrl}`);
    return generatedSettings(baseUrl);
  });
}

/** A port that nobody uses. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function demandFree(port) {
  const error = await new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", resolve);
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(null)));
  });
  if (!error) return;
  const next = `stop the program that listens there, or choose another port: npm start -- --port ${port === 65535 ? 8787 : port + 1}`;
  if (error.code === "EADDRINUSE") throw new Failure(`port ${port} is taken`, { next });
  throw new Failure(`cannot listen on port ${port}: ${error.message}`, { next });
}
