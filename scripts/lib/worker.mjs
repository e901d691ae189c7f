// The Worker's release build: from Rust to what `wrangler dev` and `wrangler deploy` take.

import { readFileSync, renameSync, statSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import { cargoBuild, toolPath } from "./cargo.mjs";
import { inRoot, root, withOwnNode } from "./paths.mjs";
import { run } from "./processes.mjs";

export const WASM = "wasm32-unknown-unknown";
const WASM_OPT = inRoot("node_modules", ".bin", process.platform === "win32" ? "wasm-opt.cmd" : "wasm-opt");
const [MODULE, SCRIPT] = ["index_bg.wasm", "index.js"].map((name) => inRoot("build", name));
/** What decides the result besides what cargo watches: this file, and the versions of esbuild and binaryen. */
const RECIPE = [fileURLToPath(import.meta.url), inRoot("package-lock.json")];

/** The version belongs to `worker` in Cargo.lock. */
const workerBuild = { crate: "worker-build", version: "0.8.7" };

/** The tools from crates.io that a build needs. */
export function buildTools() {
  // Must have exactly the version of the library that is linked into the Worker.
  const [, version] = readFileSync(inRoot("Cargo.lock"), "utf8").match(/name = "wasm-bindgen"\nversion = "([^"]+)"/);
  return [workerBuild, { crate: "wasm-bindgen-cli", version, program: "wasm-bindgen" }];
}

/** Builds the Worker; resolves to false if build/ is made of what cargo has. */
export async function buildWorker(progress) {
  // As worker-build runs it, which then finds everything done.
  const args = ["--release", "--lib", "--package", "octopool-worker", "--target", WASM];
  const compiled = await cargoBuild(args, { progress, env: { WASM_BINDGEN_USE_JS_SYS: "1" }, extension: ".wasm" });
  if (isMadeOf(compiled, MODULE, SCRIPT, RECIPE)) return false;
  const require = createRequire(inRoot("node_modules", "esbuild", "package.json"));
  const env = {
    ...withOwnNode(),
    // Without these, worker-build downloads the three from release pages.
    WASM_BINDGEN_BIN: toolPath(buildTools()[1]),
    WASM_OPT_BIN: WASM_OPT,
    // The program itself: the `esbuild` on the PATH may be a script that starts it.
    ESBUILD_BIN: require.resolve(`@esbuild/${process.platform}-${process.arch}/${process.platform === "win32" ? "esbuild.exe" : "bin/esbuild"}`),
  };
  const options = { cwd: root, env, onLine: progress };
  await run(toolPath(workerBuild), ["--release"], options);
  // Takes the names of functions out, a fifth of the upload; worker-build always keeps them. What a panic
  // says, with its file and line, is not among them.
  const aside = `${MODULE}.${process.pid}`;
  await run(WASM_OPT, [MODULE, "--reorder-functions-by-name", "--strip-debug", "--strip-producers", "-o", aside], options);
  const { mtime } = statSync(compiled);
  utimesSync(aside, mtime, mtime);
  // Last, so that an interrupted build does not count as done, and whole, because `wrangler dev` watches it.
  renameSync(aside, MODULE);
  return true;
}

/**
 * Whether the result was made of what cargo has now. The finished module carries the time of cargo's
 * own: newer than the sources is not enough, because cargo also puts an older file back.
 */
export function isMadeOf(compiled, module, script, recipe) {
  const time = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? NaN;
  // The file system's clock is finer than the one that sets times.
  return Math.abs(time(compiled) - time(module)) <= 1 && recipe.every((file) => time(file) <= time(script));
}
