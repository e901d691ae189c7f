// The stand-in for GitHub: built from crates/github-standin, run on loopback.

import { debugProgram } from "./cargo-workspace.mjs";
import { Failure } from "./failure.mjs";
import { executable, root } from "./paths.mjs";
import { start } from "./processes.mjs";
import { eachLine, run } from "./run.mjs";

const PACKAGE = "octopool-github-standin";
const PROGRAM = "github-standin";

/** Builds the stand-in; cargo knows itself whether there is anything to do. */
export async function buildStandin(progress) {
  await run("cargo", ["build", "--package", PACKAGE, "--bin", PROGRAM], { cwd: root, onLine: progress, what: "cargo build" });
}

/**
 * Starts the stand-in on a free port; resolves when it answers. It makes the file with its accounts' tokens and its
 * App's key if there is none.
 *
 * @returns {Promise<{ child: object, baseUrl: string }>}
 */
export async function startStandin(credentials) {
  const program = executable(await debugProgram(PROGRAM));
  // It ends with its input, so it cannot outlive us even if we are killed.
  const args = ["--port", "0", "--credentials", credentials, "--json", "--exit-with-stdin"];
  const child = start(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  const tail = [];
  eachLine(child.stderr, (line) => tail.push(line));
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Failure(`The stand-in for GitHub ${why}`, { tail }));
    child.once("error", (error) => fail(`cannot be started: ${error.message}`));
    child.once("close", (code) => fail(`ended (exit code ${code})`));
    eachLine(child.stdout, (line) => resolve({ child, baseUrl: JSON.parse(line).base_url }));
  });
}
