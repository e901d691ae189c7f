// npm run lint: everything about the code that needs no test run.

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

import { toolPath, WASM } from "./lib/build.mjs";
import { command, paint, print, step } from "./lib/command.mjs";
import { root } from "./lib/paths.mjs";
import { Failure, isStopping, run } from "./lib/processes.mjs";
import { installTools, setUpAndBuild } from "./lib/setup.mjs";
import { wrangler } from "./lib/wrangler.mjs";

/** Licences, bans and sources of all dependencies. Without its defaults it brings no TLS of its own. */
const cargoDeny = { crate: "cargo-deny", version: "0.20.2", flags: ["--no-default-features"] };
/** Dependencies that nothing uses. */
const cargoMachete = { crate: "cargo-machete", version: "0.9.2" };
// What a deployment uploads, compressed. Cloudflare's own limit is 3 MiB; a small Worker starts fast. The REST relay
// and the whole administration have 780 of it, and reads by GraphQL the rest.
const MAX_UPLOAD_KIB = 840;

const checks = [
  ["Formatting", program("cargo fmt --all --check"), "run `cargo fmt --all`"],
  ["Clippy", program("cargo clippy --locked --workspace --all-targets -- -D warnings")],
  ["Clippy for workerd", program(`cargo clippy --locked --package octopool-worker --target ${WASM} -- -D warnings`)],
  ["Licences, bans and sources", program("cargo-deny --log-level error check bans licenses sources", toolPath(cargoDeny))],
  ["Unused dependencies", program("cargo-machete --skip-target-dir", toolPath(cargoMachete))],
  ["Size of the upload", uploadSize],
];

await command("lint", {}, async () => {
  await setUpAndBuild();
  await installTools("Lint tools", [cargoDeny, cargoMachete], "about 2 minutes the first time on a machine");
  const failed = [];
  for (const [title, work, next] of checks) {
    await step(title, work).catch((error) => {
      if (!(error instanceof Failure) || isStopping()) throw error;
      failed.push(title);
      for (const line of [...error.tail, `${error.message}${next ? `; ${next}` : ""}`]) print(`    ${line}`);
    });
  }
  if (failed.length) throw new Failure(`${failed.length} of the checks failed: ${failed.join(", ")}`);
  print(paint("green", "\nEverything is in order."));
});

/** A check that passes if the program does, which is on the PATH unless it is said where it is. */
function program(line, file) {
  const [what, ...args] = line.split(" ");
  return ({ progress }) => run(file ?? what, args, { cwd: root, onLine: progress, keep: Infinity, what });
}

async function uploadSize({ progress, note }) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-upload-"));
  const said = await wrangler(["deploy", "--dry-run", "--outdir", folder], progress).finally(() => rmSync(folder, { recursive: true, force: true }));
  const size = Number(said.match(/gzip: ([\d.]+) KiB/)?.[1]);
  if (!(size > 0)) throw new Failure("wrangler did not say how large the upload is", { tail: said.split("\n") });
  note(`${size} KiB compressed, limit ${MAX_UPLOAD_KIB} KiB`);
  if (size >= MAX_UPLOAD_KIB) throw new Failure(`the upload is ${size} KiB compressed; it must stay under ${MAX_UPLOAD_KIB} KiB`);
}
