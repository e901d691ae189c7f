// What must be on the machine already, and the one part of Rust that need not be.

import { existsSync, readFileSync } from "node:fs";

import { Failure } from "./failure.mjs";
import { inRoot } from "./paths.mjs";
import { run } from "./run.mjs";

const WASM = "wasm32-unknown-unknown";
const INSTALL_RUST = "install Rust from https://rustup.rs, open a new terminal and run the command again";

/** Checks Node, Rust and the C compiler; resolves to one line that names what was found. */
export async function checkToolchain() {
  const [rust] = await Promise.all([checkRust(), checkCompiler(), checkNode()]);
  return `Node ${process.versions.node}, Rust ${rust}`;
}

async function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 12)) {
    throw new Failure(`Node ${process.versions.node} is too old`, { next: "install Node 20.12 or newer" });
  }
}

async function checkRust() {
  const wanted = readFileSync(inRoot("Cargo.toml"), "utf8").match(/^rust-version = "([\d.]+)"/m)[1];
  const said = await run("rustc", ["--version"], { next: INSTALL_RUST });
  await run("cargo", ["--version"], { next: INSTALL_RUST });
  const found = said.match(/(\d+)\.(\d+)\.\d+/);
  const [major, minor] = wanted.split(".").map(Number);
  if (!found || Number(found[1]) < major || (Number(found[1]) === major && Number(found[2]) < minor)) {
    throw new Failure(`Rust ${wanted} or newer is needed; this is ${said.trim()}`, { next: "run `rustup update stable`" });
  }
  return found[0];
}

/** Rust links native programs with it: without it cargo fails late, with a page of text. */
async function checkCompiler() {
  if (process.platform === "win32" || process.env.CC) return;
  const next =
    process.platform === "darwin"
      ? "run `xcode-select --install`"
      : "install a C compiler (on Debian and Ubuntu: `apt install gcc libc6-dev`)";
  await run("cc", ["--version"], { what: "The C compiler `cc`", next });
}

/** Adds the wasm target to the Rust toolchain; resolves to false if it is there. */
export async function addWasmTarget(progress) {
  const next = `run \`rustup target add ${WASM}\`; a Rust that is not from rustup has the target in a package of its own`;
  const folder = await run("rustc", ["--target", WASM, "--print", "target-libdir"], { next });
  if (existsSync(folder.trim())) return false;
  await run("rustup", ["target", "add", WASM], { onLine: progress, next });
  return true;
}
