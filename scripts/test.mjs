// npm test: every test there is.

import { readdirSync } from "node:fs";

import { command, paint, print } from "./lib/command.mjs";
import { inRoot, nodeProgram, root } from "./lib/paths.mjs";
import { runVisibly } from "./lib/processes.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";

await command("test", null, async (_, args) => {
  print(paint("bold", "octopool: set-up"));
  // The end-to-end tests run the built Worker on the pinned wrangler.
  await setUpAndBuild();
  // If a client cannot be had, its test fails, and the others still run.
  await runVisibly(nodeProgram(), [inRoot("tests", "e2e", "clients", "run.mjs"), "--install"]);
  // The same goes for the versions of gh, without which their table is not looked at.
  await runVisibly(nodeProgram(), [inRoot("tests", "gh", "run.mjs"), "--install"]);
  // The same goes for the browser.
  await runVisibly(nodeProgram(), [inRoot("cli", "tests", "browser", "install.mjs")]);
  print(paint("bold", "octopool: tests of scripts/"));
  const tests = readdirSync(inRoot("scripts", "tests")).filter((name) => name.endsWith(".test.mjs")).map((name) => inRoot("scripts", "tests", name));
  const scripts = await runVisibly(nodeProgram(), ["--test", "--test-reporter=spec", ...tests], { cwd: root });
  print(paint("bold", "octopool: tests in Rust"));
  return scripts || runVisibly("cargo", ["test", "--locked", "--workspace", "--no-fail-fast", ...args], { cwd: root });
});
