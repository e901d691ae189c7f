// The set-up, step by step. Each step looks first whether it is done.

import { installTools } from "./cargo-tools.mjs";
import { installNodeModules } from "./node-modules.mjs";
import { step } from "./step.mjs";
import { addWasmTarget, checkToolchain } from "./toolchain.mjs";
import { buildTools, buildWorker } from "./worker.mjs";

/** Everything that a build needs. */
export async function setUp() {
  await step("Toolchain", async ({ note }) => note(await checkToolchain()));
  await step("Node modules", async ({ progress, note }) => {
    note((await installNodeModules(progress)) ? "installed" : "up to date");
  });
  await step("Rust's wasm target", async ({ progress, note }) => {
    note((await addWasmTarget(progress)) ? "added" : "present");
  });
  await installed("Build tools", buildTools(), "about 3 minutes the first time on a machine");
}

/** The set-up and the release build of the Worker. */
export async function setUpAndBuild() {
  await setUp();
  await step("Release build of the Worker", async ({ progress, note }) => {
    note((await buildWorker(progress)) ? "built" : "unchanged");
  }, "about 2 minutes the first time");
}

/** Tools from crates.io that a command needs. */
export async function installed(title, tools, takes) {
  await step(title, async ({ progress, note }) => {
    const names = await installTools(tools, progress);
    note(names.length ? `installed ${names.join(", ")}` : "present");
  }, takes);
}
