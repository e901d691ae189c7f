// npm start: the set-up, the Worker and the stand-in for GitHub, and the main job shown as commands.
// npm run dev: the same without the walk.

import path from "node:path";

import { cargoBuild } from "./lib/build.mjs";
import { command, paint, print, step } from "./lib/command.mjs";
import { shown } from "./lib/paths.mjs";
import { Failure } from "./lib/processes.mjs";
import { portOf, startServers } from "./lib/servers.mjs";
import { ownSettings, settingsText, writePrivate } from "./lib/settings.mjs";
import { ownCast, standinCast } from "./walk/cast.mjs";
import { walk } from "./walk/walk.mjs";

// Ctrl-C is how this command is meant to end, once all of it has been shown.
let staysUp = false;
const errors = [];
const [flag, text] = [{ type: "boolean" }, { type: "string" }];
await command("start", { once: flag, verbose: flag, "no-walk": flag, port: text }, main, (code) => (staysUp ? 0 : code));

async function main({ once, verbose, "no-walk": quiet, ...values }) {
  // Before the set-up: nobody should wait minutes to hear that the port is taken or a setting is missing.
  const port = await portOf(values);
  const own = ownSettings();
  const ownPlayers = own && !quiet && (await ownCast(own));
  print(paint("bold", "octopool: set-up"));
  const servers = await startServers({ port, onLine: (line, isError) => (quiet ? staysUp && print(line) : isError && onLine(line)) });
  const client = quiet ? null : await showWalk(servers, ownPlayers, verbose);
  if (once) return 0;
  staysUp = true;
  print(`\noctopool runs at ${paint("bold", servers.url)}. Ctrl-C ends it.`);
  print(`The admin token is OCTOPOOL_ADMIN_TOKEN in ${paint("bold", shown(servers.settings.file))}`);
  if (client) print("\nTry next, in another terminal, these commands or those above:");
  const next = [`. ${client}`, "octopool doctor", "octopool admin audit list", `curl ${servers.url}/.well-known/octopool`];
  for (const line of client ? next : []) print(`  ${paint("cyan", line)}`);
  await servers.ended;
  throw new Failure("a server ended by itself", { next: `see ${shown(servers.log)}` });
}

function onLine(line) {
  errors.push(line);
  if (staysUp) print(`${paint("yellow", "worker:")} ${line}`);
}

/** Resolves to the file after which, in a POSIX shell, the commands of the walk can be typed. */
async function showWalk({ url, folder, settings, state, log }, ownPlayers, verbose) {
  const program = await step("Command line", (told) => cargoBuild(["--package", "octopool-cli"], told), "about a minute the first time");
  const cast = ownPlayers ?? standinCast(settings);
  print();
  const { commands, skipped, callerToken } = await walk({ url, program, cast, verbose }).catch((error) => {
    // What the Worker said about it, and what to do.
    error.tail?.push(...errors.slice(-5));
    const changed = `if you changed the local data yourself, remove ${shown(state)} and start again`;
    error.next ??= settings.isOwn ? `check .dev.vars against the message above; the Worker's log is ${shown(log)}` : `see ${shown(log)}; ${changed}`;
    throw error;
  });
  print(`\n${commands} commands did what they should${skipped ? `, ${skipped} steps were skipped` : ""}${verbose ? "" : "; `npm start -- --verbose` shows all"}.`);
  const { pool, adminToken, caller, stranger } = cast;
  const vars = { OCTOPOOL_URL: url, OCTOPOOL_POOL: pool, OCTOPOOL_ADMIN_TOKEN: adminToken, OCTOPOOL_TOKEN: callerToken };
  Object.assign(vars, { CALLER_GH_TOKEN: caller.token }, stranger.token && { STRANGER_GH_TOKEN: stranger.token });
  const file = path.join(folder, "client.env");
  const head = "# Made by `npm start` for the command line; each start writes it anew.\n";
  writePrivate(file, `${head}${settingsText(vars, "export ")}export PATH='${path.dirname(program)}':"$PATH"\n`);
  return shown(file);
}
