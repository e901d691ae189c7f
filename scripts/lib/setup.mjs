// The set-up, step by step. Each step looks first whether there is anything to do.

import { existsSync, readFileSync, statSync } from "node:fs";

import { buildTools, buildWorker, installTool, WASM } from "./build.mjs";
import { inRoot, isNewEnough, nodeProgram, root, withOwnNode } from "./paths.mjs";
import { Failure, run } from "./processes.mjs";
import { step } from "./command.mjs";

const found = (work, done, nothing) => async ({ progress, note }) => note((await work(progress)) ? done : nothing);

/** Everything that a build needs. */
export async function setUp() {
  await step("Toolchain", async ({ note }) => note(await checkToolchain()));
  await step("Node modules", found(installNodeModules, "installed", "up to date"), "about a minute the first time");
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
  return `Rust ${rust.split(" ")[1]}`;
}

/** Rust links native programs with it: without it cargo fails late, with a page of text. */
async function checkCompiler() {
  const next = process.platform === "darwin" ? "run `xcode-select --install`" : "install one (on Debian and Ubuntu: `apt install gcc libc6-dev`)";
  if (process.platform !== "win32" && !process.env.CC) await run("cc", ["--version"], { what: "The C compiler `cc`", next });
}

/** Whether node_modules/ has what package-lock.json says. */
export function isInstalled() {
  const time = (...parts) => statSync(inRoot(...parts), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // npm writes this file last.
  return time("node_modules", ".package-lock.json") >= time("package-lock.json");
}

/** Installs what package-lock.json says; resolves to whether there was anything to do. */
export async function installNodeModules(progress) {
  const isDone = isInstalled();
  if (!isDone) await runNpm(progress);
  await checkNode();
  return !isDone;
}

/** Where package.json pins no Node for the platform, the one that runs us has to do. */
async function checkNode() {
  const { version, engines } = JSON.parse(readFileSync(inRoot("node_modules", "wrangler", "package.json"), "utf8"));
  const node = (await run(nodeProgram(), ["--version"])).trim().slice(1);
  if (isNewEnough(node, engines.node)) return;
  const why = `and node_modules has none for ${process.platform}-${process.arch}`;
  const next = `if npm leaves out optional packages (\`npm config get omit\`), let it install them; else install Node ${engines.node.slice(2)} or newer`;
  throw new Failure(`wrangler ${version} needs Node ${engines.node.slice(2)} or newer: this is ${node}, ${why}`, { next });
}

async function runNpm(progress) {
  // By the script that runs us: on Windows `npm` cannot be started without a shell.
  const script = process.env.npm_execpath;
  const [npm, ...args] = [...(script?.endsWith(".js") ? [process.execPath, script] : ["npm"]), "ci", "--no-progress", "--loglevel=http"];
  const next = "see npm's message above: mostly the registry is not reachable (behind a proxy: `npm config set proxy URL`)";
  await run(npm, args, { cwd: root, env: withOwnNode(), onLine: progress, what: "npm ci", next });
}

async function addWasmTarget(progress) {
  const next = `run \`rustup target add ${WASM}\`; a Rust that is not from rustup has the target in a package of its own`;
  const folder = await run("rustc", ["--target", WASM, "--print", "target-libdir"], { next });
  if (existsSync(folder.trim())) return false;
  await run("rustup", ["target", "add", WASM], { onLine: progress, next });
  return true;
}
