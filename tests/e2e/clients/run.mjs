// npm run clients [-- OPTIONS] [CLIENT…]: real clients of GitHub's API walk through a repository by base URL alone.

import { command, paint, print, step } from "../../../scripts/lib/command.mjs";
import { root } from "../../../scripts/lib/paths.mjs";
import { Failure, runVisibly } from "../../../scripts/lib/processes.mjs";
import { serveNatively } from "../serve.mjs";
import { clients } from "./clients.mjs";

const names = clients.map(({ name }) => name).join(", ");
/** The exit code for a client that cannot be had on this machine. */
const NOT_RUN = 3;

await command("clients", { base: { type: "string" }, install: { type: "boolean" }, program: { type: "string" } }, async ({ base, install, program }, wanted) => {
  const unknown = wanted.find((name) => !clients.some((client) => client.name === name));
  if (unknown) throw new Failure(`there is no client ${unknown}`, { next: `the clients are ${names}` });
  const walks = [];
  const notRun = [];
  for (const { name, missing, install, takes } of clients.filter(({ name }) => !wanted.length || wanted.includes(name))) {
    if (missing()) notRun.push(`${name}: ${missing()}`);
    else walks.push([name, await step(name, ({ progress }) => install(progress, program), takes)]);
  }
  let failed = 0;
  // A program knows where to go.
  for (const [title, place] of install ? [] : program ? [[program, {}]] : base ? [given(base)] : await served()) {
    for (const [name, { command, args, env }] of walks) {
      print(paint("bold", program ? `octopool: ${name} runs ${program}` : `octopool: ${name} walks through ${title}`));
      // A proxy of the machine's must not come between: everything is on loopback.
      if (await runVisibly(command, args, { cwd: root, env: { NO_PROXY: "*", no_proxy: "*", ...env, ...place } })) failed += 1;
    }
  }
  for (const line of notRun) print(`${paint("red", "NOT RUN")} ${line}`);
  if (failed) throw new Failure(`${failed} of the walks failed`);
  return notRun.length ? NOT_RUN : 0;
});

function given(base) {
  const { WALK_TOKEN, WALK_LOGIN } = process.env;
  if (!WALK_TOKEN || !WALK_LOGIN) throw new Failure("WALK_TOKEN and WALK_LOGIN are needed with --base");
  return [base, { WALK_BASE: base }];
}

/** The stand-in and the application in front of it, each with what a walk has to know. */
async function served() {
  const { url, token, github } = await step("Application, served natively", serveNatively, "about 3 minutes the first time");
  return [
    ["the stand-in for GitHub", { WALK_BASE: github.url, WALK_TOKEN: github.token, WALK_LOGIN: "mallory" }],
    ["octopool", { WALK_BASE: `${url}/api/v3`, WALK_TOKEN: token, WALK_LOGIN: "hubot" }],
  ];
}
