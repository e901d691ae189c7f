// What cargo builds and installs. Cargo itself knows whether there is anything to do.

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";

import { cacheFolder, executable, inRoot, root } from "./paths.mjs";
import { Failure, run } from "./processes.mjs";

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

const home = ({ crate, version }) => path.join(cacheFolder(), "tools", `${crate}-${version}`);

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
