// npm test [-- ARGS]: every test there is. ARGS go to `cargo test`, for instance a test's name.

import { readdirSync } from "node:fs";
import path from "node:path";

import { clients } from "./lib/clients.mjs";
import { Failure, runMain } from "./lib/failure.mjs";
import { inRoot, root } from "./lib/paths.mjs";
import { isStopping } from "./lib/processes.mjs";
import { runVisibly } from "./lib/run.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";
import { step } from "./lib/step.mjs";
import { bold, print } from "./lib/terminal.mjs";
import { TestSummary } from "./lib/test-summary.mjs";

const summary = new TestSummary();

await runMain(async () => {
  // The end-to-end tests run the built Worker on the pinned wrangler.
  print(bold("octopool: set-up"));
  await setUpAndBuild();
  await installClients();
  const codes = [await testScripts(), await testRust(process.argv.slice(2))];
  print(bold("octopool: what ran"));
  for (const suite of summary.suites()) print(`  ${suite}`);
  const broken = codes.some((code) => code !== 0);
  // A suite that did not compile, or that crashed, has no failed test; it must not look like a success.
  if (broken && summary.failed === 0) summary.failed = 1;
  print();
  print(summary.total());
  return broken ? 1 : 0;
});

/** What the walks of real clients need. If it cannot be had, their tests fail, and the others still run. */
async function installClients() {
  for (const client of clients.filter((client) => client.missing() === null)) {
    try {
      await step(`Client ${client.name}`, ({ progress }) => client.install(progress), client.takes);
    } catch (error) {
      if (!(error instanceof Failure) || isStopping()) throw error;
      print(`    ${error.message}`);
    }
  }
}

async function testScripts() {
  print(bold("octopool: tests of scripts/"));
  const tests = readdirSync(inRoot("scripts", "tests")).filter((name) => name.endsWith(".test.mjs"));
  const args = ["--test", "--test-reporter=spec", ...tests.map((name) => path.join("scripts", "tests", name))];
  const lines = [];
  const code = await runVisibly(process.execPath, args, { cwd: root, onLine: (line) => lines.push(line) });
  summary.nodeOutput("scripts", lines);
  return code;
}

function testRust(args) {
  print(bold("octopool: tests in Rust"));
  const all = ["test", "--locked", "--workspace", "--no-fail-fast", ...args];
  return runVisibly("cargo", all, { cwd: root, onLine: (line) => summary.cargoLine(line) });
}
