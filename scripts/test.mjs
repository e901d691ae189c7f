// npm test: every test there is.

import { readdirSync } from "node:fs";

import { clients } from "../tests/e2e/clients/clients.mjs";
import { command } from "./lib/command.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { Failure, isStopping, runVisibly } from "./lib/processes.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";
import { paint, print, step } from "./lib/terminal.mjs";

await command("test", null, async (_, args) => {
  print(paint("bold", "octopool: set-up"));
  // The end-to-end tests run the built Worker on the pinned wrangler.
  await setUpAndBuild();
  for (const client of clients.filter(({ missing }) => !missing())) {
    // If a client cannot be had, its test fails, and the others still run.
    await step(`Client ${client.name}`, ({ progress }) => client.install(progress), client.takes).catch((error) => {
      if (!(error instanceof Failure) || isStopping()) throw error;
      print(`    ${error.message}`);
    });
  }
  print(paint("bold", "octopool: tests of scripts/"));
  const tests = readdirSync(inRoot("scripts", "tests")).map((name) => inRoot("scripts", "tests", name));
  const scripts = await runVisibly(process.execPath, ["--test", "--test-reporter=spec", ...tests], { cwd: root });
  print(paint("bold", "octopool: tests in Rust"));
  return scripts || runVisibly("cargo", ["test", "--locked", "--workspace", "--no-fail-fast", ...args], { cwd: root });
});
