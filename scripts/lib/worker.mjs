// The Worker's release build: from Rust to what `wrangler dev` and `wrangler deploy` take.

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import { toolPath, wasmBindgen, workerBuild } from "./cargo-tools.mjs";
import { packageFolders } from "./cargo-workspace.mjs";
import { digest } from "./digest.mjs";
import { inRoot, root, withOwnNode } from "./paths.mjs";
import { run } from "./run.mjs";

const PACKAGE = "octopool-worker";
const RESULTS = [inRoot("build", "index.js"), inRoot("build", "index_bg.wasm")];
const WASM_OPT = inRoot("node_modules", ".bin", process.platform === "win32" ? "wasm-opt.cmd" : "wasm-opt");
const STAMP = inRoot("build", ".inputs");

/** The tools that a build needs from crates.io. */
export const buildTools = () => [workerBuild, wasmBindgen()];

/** Builds the Worker; resolves to false if its sources did not change since the last time. */
export async function buildWorker(progress) {
  const inputs = await inputsDigest();
  if (RESULTS.every(existsSync) && existsSync(STAMP) && readFileSync(STAMP, "utf8") === inputs) return false;
  // A build that breaks off must not count as done.
  rmSync(STAMP, { force: true });
  await run(toolPath(workerBuild), ["--release"], {
    cwd: root,
    env: {
      ...withOwnNode(),
      // Without these, worker-build downloads the three from release pages.
      WASM_BINDGEN_BIN: toolPath(wasmBindgen()),
      WASM_OPT_BIN: WASM_OPT,
      ESBUILD_BIN: esbuildProgram(),
    },
    onLine: progress,
    what: "The build",
    next: "mend what the compiler says above and run the command again",
  });
  await stripNames(progress);
  mkdirSync(path.dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, inputs);
  return true;
}

/**
 * Takes the names of functions out, a fifth of the upload. worker-build always keeps them. What a panic says, with its file
 * and line, is not among them.
 */
async function stripNames(progress) {
  const module = inRoot("build", "index_bg.wasm");
  const args = [module, "--reorder-functions-by-name", "--strip-debug", "--strip-producers", "-o", module];
  await run(WASM_OPT, args, { cwd: root, env: withOwnNode(), onLine: progress, what: "wasm-opt" });
}

/** Everything that decides what comes out. */
async function inputsDigest() {
  const folders = await packageFolders(PACKAGE);
  const sources = folders.flatMap((folder) => [path.join(folder, "src"), path.join(folder, "Cargo.toml")]);
  const rustc = await run("rustc", ["--version", "--verbose"]);
  const tools = buildTools().map(({ crate, version }) => `${crate}@${version}`);
  const modules = ["binaryen", "esbuild"].map((name) => `${name}@${installedVersion(name)}`);
  // The build script reads the migrations.
  const script = [inRoot("build.rs"), inRoot("migrations")];
  const recipe = [...script, inRoot("Cargo.toml"), inRoot("Cargo.lock"), inRoot("scripts", "lib", "worker.mjs")];
  return digest([...sources, ...recipe], [rustc, ...tools, ...modules]);
}

/** esbuild's own program; the `esbuild` on the PATH may be a script that starts it. */
function esbuildProgram() {
  const { resolve } = createRequire(inRoot("node_modules", "esbuild", "package.json"));
  const platform = `@esbuild/${process.platform}-${process.arch}`;
  return resolve(process.platform === "win32" ? `${platform}/esbuild.exe` : `${platform}/bin/esbuild`);
}

function installedVersion(name) {
  return JSON.parse(readFileSync(inRoot("node_modules", name, "package.json"), "utf8")).version;
}
