// What cargo builds and installs, and the Worker's release build. Cargo knows whether there is anything to do.

import { existsSync, mkdirSync, readFileSync, renameSync, statSync, utimesSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { cacheFolder, executable, inRoot, root, withOwnNode } from "./paths.mjs";
import { Failure, run } from "./processes.mjs";

export const WASM = "wasm32-unknown-unknown";
const WASM_OPT = inRoot("node_modules", ".bin", process.platform === "win32" ? "wasm-opt.cmd" : "wasm-opt");
const [MODULE, SCRIPT] = ["index_bg.wasm", "index.js"].map((name) => inRoot("build", name));
/** What decides the result besides what cargo watches: this file, and the versions of esbuild and binaryen. */
const RECIPE = [fileURLToPath(import.meta.url), inRoot("package-lock.json")];

/** Builds one target; resolves to the file that cargo made of it: a program, unless another extension is wanted. */
export async function cargoBuild(args, { progress, env, extension }) {
  const next = "fix what the compiler says above and run the command again";
  const onLine = (line, isError) => isError && progress(line);
  const messages = ["--locked", "--message-format", "json-render-diagnostics"];
  const said = await run("cargo", ["build", ...messages, ...args], { cwd: root, env, onLine, what: "cargo build", next });
  const artifacts = said.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  const wanted = ({ executable, filenames = [] }) => (extension ? filenames.filter((name) => name.endsWith(extension)) : (executable ?? []));
  const file = artifacts.flatMap(wanted).at(-1);
  if (!file) throw new Failure(`cargo build ${args.join(" ")} made no file`);
  return file;
}

const home = ({ crate, version }) => path.join(cacheFolder, "tools", `${crate}-${version}`);
/** Where the program of a tool from crates.io is. */
export const toolPath = (tool) => path.join(home(tool), "bin", executable(tool.program ?? tool.crate));

/**
 * Installs a tool unless it is there; resolves to whether it was not. Compiled from source because only
 * package registries may be reachable; without optimisation and debug information, because that halves
 * the time. Cargo locks what two checkouts share, and a tool appears when it is complete.
 */
export async function installTool(tool, progress) {
  if (existsSync(toolPath(tool))) return false;
  const { crate, version, flags = [] } = tool;
  mkdirSync(home(tool), { recursive: true });
  await run("cargo", ["install", "--debug", "--locked", "--root", home(tool), ...flags, `${crate}@${version}`], {
    // Not in the checkout, whose cargo settings are not meant for these.
    cwd: home(tool),
    // One folder for all, because the tools share most of their dependencies.
    env: { CARGO_TARGET_DIR: inRoot("target", "tools"), CARGO_PROFILE_DEV_DEBUG: "0" },
    onLine: (line) => progress(`${crate} ${version}: ${line.trim()}`),
    what: `cargo install ${crate}`,
    next: "see cargo's message above; running the command again goes on from there",
  });
  return true;
}

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
