// The set-up, step by step. Each step looks first whether there is anything to do.

import { existsSync, statSync } from "node:fs";

import { buildTools, buildWorker, installTool, WASM } from "./build.mjs";
import { inRoot, root, withOwnNode } from "./paths.mjs";
import { run } from "./processes.mjs";
import { step } from "./command.mjs";

const found = (work, done, nothing) => async ({ progress, note }) => note((await work(progress)) ? done : nothing);

/** Everything that a build needs. */
export async function setUp() {
  await step("Toolchain", async ({ note }) => note(await checkToolchain()));
  await step("Node modules", found(installNodeModules, "installed", "up to date"));
  await step("Rust's wasm target", found(addWasmTarget, "added", "present"));
  await installTools("Build tools", buildTools(), "about 3 minutes the first time on a machine");
}

/** The set-up and the release build of the Worker. */
export async function setUpAndBuild() {
  await setUp();
  await step("Release build of the Worker", found(buildWorker, "built", "unchanged"), "about 2 minutes the first time");
}

/** Tools from crates.io that a command needs. */
export async function installTools(title, tools, takes) {
  await step(title, async ({ progress, note }) => {
    const installed = [];
    for (const tool of tools) if (await installTool(tool, progress)) installed.push(tool.crate);
    note(installed.length ? `installed ${installed.join(", ")}` : "present");
  }, takes);
}

/** Checks what a build is made with; cargo itself says whether Rust is new enough. Resolves to what was found. */
async function checkToolchain() {
  const next = "install Rust from https://rustup.rs, open a new terminal and run the command again";
  const [rust] = await Promise.all([run("rustc", ["--version"], { next }), run("cargo", ["--version"], { next }), checkCompiler()]);
  return `Node ${process.versions.node}, Rust ${rust.split(" ")[1]}`;
}

/** Rust links native programs with it: without it cargo fails late, with a page of text. */
async function checkCompiler() {
  const next = process.platform === "darwin" ? "run `xcode-select --install`" : "install one (on Debian and Ubuntu: `apt install gcc libc6-dev`)";
  if (process.platform !== "win32" && !process.env.CC) await run("cc", ["--version"], { what: "The C compiler `cc`", next });
}

export async function installNodeModules(progress) {
  const time = (...parts) => statSync(inRoot(...parts), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // npm writes this file last.
  if (time("node_modules", ".package-lock.json") >= time("package-lock.json")) return false;
  // By the script that runs us: on Windows `npm` cannot be started without a shell.
  const script = process.env.npm_execpath;
  const [npm, ...args] = [...(script?.endsWith(".js") ? [process.execPath, script] : ["npm"]), "ci", "--no-progress", "--loglevel=http"];
  const next = "see npm's message above: mostly the registry is not reachable (behind a proxy: `npm config set proxy URL`)";
  await run(npm, args, { cwd: root, env: withOwnNode(), onLine: progress, what: "npm ci", next });
  return true;
}

async function addWasmTarget(progress) {
  const next = `run \`rustup target add ${WASM}\`; a Rust that is not from rustup has the target in a package of its own`;
  const folder = await run("rustc", ["--target", WASM, "--print", "target-libdir"], { next });
  if (existsSync(folder.trim())) return false;
  await run("rustup", ["target", "add", WASM], { onLine: progress, next });
  return true;
}
