// npm run dev: the Worker on this machine, without the walk. After a change: Ctrl-C, and again.

import { runMain } from "./lib/failure.mjs";
import { shown } from "./lib/paths.mjs";
import { serveArguments } from "./lib/serve-arguments.mjs";
import { startServers } from "./lib/servers.mjs";
import { bold, print } from "./lib/terminal.mjs";

const HELP = `npm run dev [-- OPTIONS]

Sets everything up and runs the Worker until Ctrl-C: with the settings in .dev.vars if there are any, otherwise with
generated ones against the stand-in for GitHub. The Worker's log goes to this terminal.

  --port N    the Worker's port on 127.0.0.1 (or the variable PORT; 8787)
  --help      this text`;

let up = false;
await runMain(main, (code) => (up ? 0 : code));

async function main() {
  const { port, help } = serveArguments([]);
  if (help) return print(HELP);
  const { url, settings, ended } = await startServers({ port, onLine: (line) => up && print(line) });
  up = true;
  print(`octopool runs at ${bold(url)}; settings and admin token: ${shown(settings.file)}. Ctrl-C ends it.`);
  await ended;
  return 1;
}
