// Build tools from crates.io, each in a folder of its own version in the user's cache, so that a second checkout finds
// them. Compiled from source because only package registries may be reachable; without optimisation and debug
// information, because that halves the time and they are fast enough.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";

import { withLock } from "./lock.mjs";
import { cacheFolder, executable, inRoot } from "./paths.mjs";
import { run } from "./run.mjs";

/** Makes JavaScript and wasm for workerd out of the crate; the version belongs to `worker` in Cargo.lock. */
export const workerBuild = { crate: "worker-build", version: "0.8.7", program: "worker-build" };
/** Licences, bans and sources of all dependencies. Without its defaults it brings no TLS of its own. */
export const cargoDeny = { crate: "cargo-deny", version: "0.20.2", program: "cargo-deny", flags: ["--no-default-features"] };
/** Dependencies that nothing uses. */
export const cargoMachete = { crate: "cargo-machete", version: "0.9.2", program: "cargo-machete" };

/** Must have exactly the version of the library that is linked into the Worker. */
export function wasmBindgen() {
  const lock = readFileSync(inRoot("Cargo.lock"), "utf8");
  const version = lock.match(/name = "wasm-bindgen"\nversion = "([^"]+)"/)[1];
  return { crate: "wasm-bindgen-cli", version, program: "wasm-bindgen" };
}

/** Where the tool's program is. */
export const toolPath = (tool) => path.join(home(tool), "bin", executable(tool.program));

/** Installs those of the tools that are missing; resolves to their names. */
export async function installTools(tools, progress) {
  const missing = () => tools.filter((tool) => !existsSync(toolPath(tool)));
  if (missing().length === 0) return [];
  const onWait = () => progress("another checkout is installing build tools; waiting for it");
  return withLock(path.join(cacheFolder(), "tools.lock"), onWait, async () => {
    clearUnfinished();
    const installed = missing();
    for (const tool of installed) await install(tool, progress);
    // About 1 GB that nothing reads again.
    rmSync(buildFolder(), { recursive: true, force: true });
    return installed.map((tool) => tool.program);
  });
}

/** Into a folder aside, then renamed: whoever finds the tool finds all of it. */
async function install(tool, progress) {
  const aside = `${home(tool)}${UNFINISHED}`;
  const { crate, version, program, flags = [] } = tool;
  const args = ["install", "--debug", "--locked", "--root", aside, "--bin", program, ...flags, `${crate}@${version}`];
  mkdirSync(aside, { recursive: true });
  await run("cargo", args, {
    // Not in the checkout, whose cargo settings are not meant for these.
    cwd: aside,
    // One folder for all, because the tools share most of their dependencies.
    env: { CARGO_TARGET_DIR: buildFolder(), CARGO_PROFILE_DEV_DEBUG: "0" },
    onLine: (line) => progress(`${program} ${version}: ${line.trim()}`),
    what: `cargo install ${crate}`,
    next: "see cargo's message above; what was compiled is kept, so running the command again goes on from there",
  });
  rmSync(home(tool), { recursive: true, force: true });
  renameSync(aside, home(tool));
}

const UNFINISHED = ".unfinished";
const home = ({ crate, version }) => path.join(cacheFolder(), "tools", `${crate}-${version}`);
const buildFolder = () => path.join(cacheFolder(), "build");

function clearUnfinished() {
  const tools = path.join(cacheFolder(), "tools");
  if (!existsSync(tools)) return;
  for (const name of readdirSync(tools).filter((name) => name.endsWith(UNFINISHED))) {
    rmSync(path.join(tools, name), { recursive: true, force: true });
  }
}
