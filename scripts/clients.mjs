// npm run clients [-- OPTIONS] [CLIENT…]: real clients of GitHub's API walk through a repository by base URL alone.

import { spawn } from "node:child_process";
import { parseArgs } from "node:util";

import { debugProgram } from "./lib/cargo-workspace.mjs";
import { clients } from "./lib/clients.mjs";
import { Failure, runMain } from "./lib/failure.mjs";
import { executable, root } from "./lib/paths.mjs";
import { start } from "./lib/processes.mjs";
import { eachLine, run } from "./lib/run.mjs";
import { step } from "./lib/step.mjs";
import { bold, print, red } from "./lib/terminal.mjs";

const HELP = `npm run clients [-- OPTIONS] [CLIENT…]

Real clients of GitHub's API walk through the repository acme/rocket of the stand-in for GitHub: ${clients.map((it) => it.name).join(", ")}.
Each knows a base URL and a token and nothing else. Without --base they walk through the stand-in itself, then through the
application, which is served natively by crates/testkit/examples/serve.rs.

  --base URL      where to walk; the token is in WALK_TOKEN, the login that it belongs to in WALK_LOGIN
  --install       only install what the walks need
  --help          this text

It ends with 3 if a client cannot be had on this machine and everything else went well.`;

/** The exit code for a client that cannot be had on this machine. */
const NOT_RUN = 3;

await runMain(async () => {
  const options = { base: { type: "string" }, install: { type: "boolean" }, help: { type: "boolean" } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return print(HELP);
  const unknown = positionals.find((name) => !clients.some((client) => client.name === name));
  if (unknown) throw new Failure(`there is no client ${unknown}`, { next: "npm run clients -- --help names them" });
  const wanted = clients.filter((client) => !positionals.length || positionals.includes(client.name));
  const walks = [];
  const notRun = [];
  for (const client of wanted) {
    const reason = client.missing();
    if (reason) notRun.push(`${client.name}: ${reason}`);
    else walks.push([client.name, await step(client.name, ({ progress }) => client.install(progress), client.takes)]);
  }
  let failed = 0;
  if (!values.install) {
    for (const place of values.base ? [given(values.base)] : await served()) {
      for (const [name, walk] of walks) {
        print(bold(`octopool: ${name} walks through ${place.title}`));
        if ((await walkThrough(walk, place.env)) !== 0) failed += 1;
      }
    }
  }
  for (const line of notRun) print(`${red("NOT RUN")} ${line}`);
  if (failed) throw new Failure(`${failed} of the walks failed`);
  return notRun.length ? NOT_RUN : 0;
});

function given(base) {
  const { WALK_TOKEN, WALK_LOGIN } = process.env;
  if (!WALK_TOKEN || !WALK_LOGIN) throw new Failure("WALK_TOKEN and WALK_LOGIN are needed with --base");
  return { title: base, env: { WALK_BASE: base } };
}

/** The stand-in and the application in front of it, each with what a walk has to know. */
async function served() {
  const { application, github } = await step("Application, served natively", serve);
  return [
    { title: "the stand-in for GitHub", env: { WALK_BASE: github.url, WALK_TOKEN: github.token, WALK_LOGIN: "mallory" } },
    { title: "octopool", env: { WALK_BASE: `${application.url}/api/v3`, WALK_TOKEN: application.token, WALK_LOGIN: "hubot" } },
  ];
}

/** Runs a walk on the terminal; resolves to its exit code. */
function walkThrough({ command, args, env }, place) {
  // A proxy of the machine's must not come between: everything is on loopback.
  const child = spawn(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, NO_PROXY: "*", no_proxy: "*", ...env, ...place } });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(`cannot run ${command}: ${error.message}`)));
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Builds and starts the example, which ends with its input. */
async function serve({ progress, note }) {
  const build = ["build", "--locked", "--package", "octopool-testkit", "--example", "serve"];
  await run("cargo", build, { cwd: root, onLine: progress, what: "cargo build" });
  const child = start(executable(await debugProgram("examples/serve")), [], { stdio: ["pipe", "pipe", "pipe"] });
  const tail = [];
  eachLine(child.stderr, (line) => tail.push(line));
  return new Promise((resolve, reject) => {
    child.once("close", (code) => reject(new Failure(`the server ended (exit code ${code})`, { tail })));
    eachLine(child.stdout, (line) => {
      const [url, , token, github, githubToken] = line.split(" ");
      note(url);
      resolve({ application: { url, token }, github: { url: github, token: githubToken } });
    });
  });
}
