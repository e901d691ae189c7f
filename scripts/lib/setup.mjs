// The set-up, step by step. Each step looks first whether there is anything to do.

import { existsSync, readFileSync, statSync } from "node:fs";

import { installTool } from "./cargo.mjs";
import { inRoot, root, withOwnNode } from "./paths.mjs";
import { Failure, run } from "./processes.mjs";
import { step } from "./terminal.mjs";
import { buildTools, buildWorker, WASM } from "./worker.mjs";

/** Everything that a build needs. */
export async function setUp() {
  await step("Toolchain", async ({ note }) => note(await checkToolchain()));
  await step("Node modules", async ({ progress, note }) => note((await installNodeModules(progress)) ? "installed" : "up to date"));
  await step("Rust's wasm target", async ({ progress, note }) => note((await addWasmTarget(progress)) ? "added" : "present"));
  await installTools("Build tools", buildTools(), "about 3 minutes the first time on a machine");
}

/** The set-up and the release build of the Worker. */
export async function setUpAndBuild() {
  await setUp();
  const build = async ({ progress, note }) => note((await buildWorker(progress)) ? "built" : "unchanged");
  await step("Release build of the Worker", build, "about 2 minutes the first time");
}

/** Tools from crates.io that a command needs. */
export async function installTools(title, tools, takes) {
  await step(title, async ({ progress, note }) => {
    const installed = [];
    for (const tool of tools) if (await installTool(tool, progress)) installed.push(tool.crate);
    note(installed.length ? `installed ${installed.join(", ")}` : "present");
  }, takes);
}

/** Checks Node, Rust and the C compiler, which Rust links with; resolves to a line that names what was found. */
async function checkToolchain() {
  const { node } = process.versions;
  const wanted = JSON.parse(readFileSync(inRoot("package.json"), "utf8")).engines.node;
  if (isOlder(node, wanted)) throw new Failure(`Node ${node} is too old`, { next: `install Node ${wanted.replace(">=", "")} or newer` });
  const next = "install Rust from https://rustup.rs, open a new terminal and run the command again";
  const [rust] = await Promise.all([run("rustc", ["--version"], { next }), run("cargo", ["--version"], { next }), checkCompiler()]);
  const [, least] = readFileSync(inRoot("Cargo.toml"), "utf8").match(/^rust-version = "([\d.]+)"/m);
  if (isOlder(rust, least)) throw new Failure(`Rust ${least} or newer is needed; this is ${rust.trim()}`, { next: "run `rustup update stable`" });
  return `Node ${node}, Rust ${rust.split(" ")[1]}`;
}

/** Whether the first version in one text is older than that in the other. */
export function isOlder(found, wanted) {
  const [[a, b], [c, d]] = [found, wanted].map((text) => text.match(/\d+/g).map(Number));
  return a < c || (a === c && b < d);
}

/** Without it cargo fails late, with a page of text. */
async function checkCompiler() {
  const install = process.platform === "darwin" ? "run `xcode-select --install`" : "install one (on Debian and Ubuntu: `apt install gcc libc6-dev`)";
  if (process.platform !== "win32" && !process.env.CC) await run("cc", ["--version"], { what: "The C compiler `cc`", next: install });
}

async function installNodeModules(progress) {
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
