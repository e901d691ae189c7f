// node leash.mjs COMMAND [ARG…]: runs a server that must not outlive the one who started it.
//
// If we are killed outright, no handler of ours runs. The pipe that is this program's input closes even
// then, and with it the whole process group goes.

import { spawn } from "node:child_process";

const GRACE_MS = 4000;

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], windowsHide: true });

// Signals are for the server; this program goes when the server has gone.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);
process.stdin.on("error", end).on("end", end).resume();
child.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
// Whatever it left behind goes with it, and this program too: it is the first of the group.
child.on("exit", (code) => killGroup((process.exitCode = code ?? 1)));

function end() {
  child.kill("SIGTERM");
  setTimeout(killGroup, GRACE_MS).unref();
}

/** 0 is the group of the caller: `start` in processes.mjs made one for this program. */
function killGroup() {
  if (process.platform === "win32") spawn("taskkill", ["/pid", String(child.pid), "/T", "/F"], { stdio: "ignore" });
  else process.kill(0, "SIGKILL");
}
