import assert from "node:assert/strict";
import { test } from "node:test";

import { TestSummary } from "../lib/test-summary.mjs";

const result = (word, passed, failed, ignored = 0, filtered = 0) =>
  `test result: ${word}. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; ${filtered} filtered out; finished in 0.00s`;

test("suites of cargo and of node are added up", () => {
  const summary = new TestSummary();
  summary.nodeOutput("scripts", ["ℹ tests 5", "ℹ pass 4", "ℹ fail 0", "ℹ skipped 1"]);
  summary.cargoLine("     Running unittests src/lib.rs (target/debug/deps/octopool_core-0123456789abcdef)");
  summary.cargoLine(result("ok", 12, 0));
  summary.cargoLine("     Running tests/api/main.rs (target/debug/deps/api-0123456789abcdef)");
  summary.cargoLine(result("FAILED", 3, 2, 1, 4));
  summary.cargoLine("   Doc-tests octopool_core");
  summary.cargoLine(result("ok", 0, 0));
  assert.deepEqual(summary.suites(), [
    "scripts: 4 passed, 0 failed, 1 skipped",
    "octopool_core (src/lib.rs): 12 passed, 0 failed",
    "api (tests/api/main.rs): 3 passed, 2 failed, 5 skipped",
  ]);
  assert.equal(summary.total(), "19 passed, 2 failed, 6 skipped");
});

test("without skipped tests nothing is said of them", () => {
  assert.equal(new TestSummary().total(), "0 passed, 0 failed");
});
