// npm start: the set-up, the Worker and the stand-in for GitHub, and the main job shown on real requests.

import { ownCast, standinCast } from "./lib/cast.mjs";
import { Failure, runMain } from "./lib/failure.mjs";
import { ownSettings, writeClientSettings } from "./lib/local-settings.mjs";
import { shown } from "./lib/paths.mjs";
import { serveArguments } from "./lib/serve-arguments.mjs";
import { startServers } from "./lib/servers.mjs";
import { bold, cyan, dim, print, yellow } from "./lib/terminal.mjs";
import { walk } from "./walk.mjs";

const HELP = `npm start [-- OPTIONS]

Sets everything up, starts the Worker on this machine, shows the main job on real requests and stays up until Ctrl-C.
Without settings of yours it runs against a stand-in for GitHub, so no account is needed. With a file .dev.vars in the
checkout it runs against real GitHub: ALLOWED_GITHUB_ORG, OCTOPOOL_ADMIN_TOKEN and OCTOPOOL_GITHUB_ORG_TOKEN are needed,
your own token comes from GH_TOKEN, GITHUB_TOKEN or \`gh auth token\`. To have identities registered, also
OCTOPOOL_PAT_<NAME>, or OCTOPOOL_APP_KEY_<NAME> with OCTOPOOL_GITHUB_APP_ID and OCTOPOOL_DEMO_INSTALLATION_ID.

  --once      end after the walk; the exit code is 0 if every step passed
  --port N    the Worker's port on 127.0.0.1 (or the variable PORT; 8787)
  --help      this text`;

// Ctrl-C is how this command is meant to end, once all of it has been shown.
let staysUp = false;
const errors = [];
await runMain(main, (code) => (staysUp ? 0 : code));

async function main() {
  const { once, port, help } = serveArguments(["once"]);
  if (help) return print(HELP);
  // Before the set-up: nobody should wait minutes to hear that a setting is missing.
  const own = ownSettings();
  const ownPlayers = own && (await ownCast(own));
  print(bold("octopool: set-up"));
  const { url, settings, ended } = await startServers({ port, onLine });
  const cast = ownPlayers ?? standinCast(settings);
  const { summary, callerToken } = await walk(url, cast).catch(explain(settings));
  print();
  print(bold(`${summary}.`));
  if (once) return 0;
  const client = writeClientSettings({ url, adminToken: cast.adminToken, callerToken });
  staysUp = true;
  invite({ url, settings, client, cast });
  await ended;
  throw new Failure("a server ended by itself", { next: "see .octopool/wrangler.log" });
}

function onLine(line, isError) {
  if (!isError) return;
  errors.push(line);
  if (staysUp) print(`${yellow("worker:")} ${line}`);
}

/** A failed step of the walk, with what the Worker said about it and what to do. */
function explain({ state, owner }) {
  return (error) => {
    if (error instanceof Failure && !error.next) {
      error.tail = errors.slice(-5);
      error.next =
        owner === "user"
          ? "check .dev.vars against the answer above; the Worker's log is .octopool/wrangler.log"
          : `see .octopool/wrangler.log; if you changed the local data yourself, remove ${shown(state)} and start again`;
    }
    throw error;
  };
}

function invite({ url, settings, client, cast }) {
  const withClient = (command) => `(set -a; . ${shown(client)}; ${command})`;
  const member = settings.owner === "user" ? cast.caller.login : "mona";
  print();
  print(`octopool runs at ${bold(url)}`);
  print(`The admin token is OCTOPOOL_ADMIN_TOKEN in ${bold(shown(settings.file))}`);
  print();
  print("Try next, in another terminal:");
  print(`  ${cyan(`curl ${url}/.well-known/octopool`)}`);
  print(`  ${cyan(withClient(`cargo octopool admin caller --pool ${cast.pool} --github-login ${member} --client try`))}`);
  print(`  ${cyan(withClient(`cargo octopool health --pool ${cast.pool}`))}`);
  print(`  ${cyan(withClient("cargo octopool doctor"))}`);
  print(`  ${cyan(withClient("cargo octopool admin export"))}`);
  print();
  print(dim("Ctrl-C ends it."));
}
