// npm run lint: everything about the code that needs no test run. Shows all that is wrong, not only the first thing.

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { cargoDeny, cargoMachete, toolPath } from "./lib/cargo-tools.mjs";
import { Failure, runMain } from "./lib/failure.mjs";
import { root } from "./lib/paths.mjs";
import { isStopping } from "./lib/processes.mjs";
import { run } from "./lib/run.mjs";
import { installed, setUpAndBuild } from "./lib/setup.mjs";
import { step } from "./lib/step.mjs";
import { green, print } from "./lib/terminal.mjs";
import { dryRun } from "./lib/wrangler.mjs";

const WASM = "wasm32-unknown-unknown";
// What a deployment uploads, compressed. Cloudflare's own limit is 3 MiB; a small Worker starts fast. The control plane alone had to stay under
// 500 KiB; the relay and governance took it to 700 (docs/ARCHITECTURE.md says what was done to keep it there).
const MAX_UPLOAD_KIB = 768;

const failed = [];

await runMain(async () => {
  print("octopool: set-up");
  await setUpAndBuild();
  await installed("Lint tools", [cargoDeny, cargoMachete], "about 2 minutes the first time on a machine");
  print("octopool: lint");
  await check("Formatting", cargo("fmt", "--all", "--check"), "run `cargo fmt --all`");
  await check("Clippy", cargo("clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"));
  await check("Clippy for workerd", cargo("clippy", "--locked", "--package", "octopool-worker", "--target", WASM, "--", "-D", "warnings"));
  await check("Licences, bans and sources", program(toolPath(cargoDeny), "--log-level", "error", "check", "bans", "licenses", "sources"));
  await check("Unused dependencies", program(toolPath(cargoMachete), "--skip-target-dir"));
  await check("No RSA in the Worker", withoutRsa("octopool-worker", "--target", WASM));
  await check("No RSA in the command line", withoutRsa("octopool-cli"));
  await check("Size of the upload", uploadSize);
  print();
  if (failed.length) throw new Failure(`${failed.length} of the checks failed: ${failed.join(", ")}`);
  print(green("Everything is in order."));
});

async function check(title, work, next) {
  try {
    await step(title, work);
  } catch (error) {
    if (!(error instanceof Failure) || isStopping()) throw error;
    failed.push(title);
    for (const line of error.tail) print(`    ${line}`);
    print(`    ${error.message}${next ? `; ${next}` : ""}`);
  }
}

/** A check that passes if the program does. */
function program(command, ...args) {
  return ({ progress }) => run(command, args, { cwd: root, onLine: progress, keep: Infinity, what: path.basename(command) });
}

function cargo(...args) {
  return program("cargo", ...args);
}

/** The `rsa` crate is slow on wasm and has an advisory without a fixed release; WebCrypto does its work. */
function withoutRsa(name, ...target) {
  return async () => {
    const args = ["tree", "--locked", "--package", name, ...target, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    const tree = await run("cargo", args, { cwd: root });
    const found = tree.split("\n").find((line) => line.startsWith("rsa v"));
    if (found) throw new Failure(`${found} is linked into ${name}; \`cargo tree --package ${name} --invert rsa\` shows by what`);
  };
}

async function uploadSize({ progress, note }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-upload-"));
  try {
    const said = await dryRun(folder, progress);
    const size = Number(said.match(/gzip: ([\d.]+) KiB/)?.[1]);
    if (!(size > 0)) throw new Failure("wrangler did not say how large the upload is", { tail: said.split("\n") });
    note(`${size} KiB compressed, limit ${MAX_UPLOAD_KIB} KiB`);
    if (size >= MAX_UPLOAD_KIB) throw new Failure(`the upload is ${size} KiB compressed; it must stay under ${MAX_UPLOAD_KIB} KiB`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
