// Counts what test runners say they ran.

/** Adds up the results of `cargo test` and `node --test` from the lines that they print. */
export class TestSummary {
  passed = 0;
  failed = 0;
  skipped = 0;
  #names = [];
  #results = [];

  /** A line of cargo: which suite it runs, or a suite's result. */
  cargoLine(line) {
    const name = line.match(/^\s+Running (?:unittests )?(\S+) \((\S+)\)/) ?? line.match(/^\s+Doc-tests (\S+)/);
    if (name) this.#names.push(name[2] ? suiteName(name[2], name[1]) : `${name[1]}: documentation`);
    const result = line.match(/^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;.* (\d+) filtered out/);
    if (!result) return;
    const [passed, failed, ignored, filtered] = result.slice(1).map(Number);
    this.#add({ passed, failed, skipped: ignored + filtered });
  }

  /** All that `node --test` printed with its spec reporter. */
  nodeOutput(name, lines) {
    const count = (what) => Number(lines.map((line) => line.match(`^\\S+ ${what} (\\d+)$`)?.[1]).find(Boolean) ?? 0);
    this.#names.push(name);
    this.#add({ passed: count("pass"), failed: count("fail"), skipped: count("skipped") });
  }

  /** One line per suite that has tests. */
  suites() {
    // The names come from another stream than the results, but in the same order. A suite that crashed has no result.
    const paired = this.#names.length === this.#results.length;
    if (!paired) return this.#names.map((name) => `${name}: see above`);
    return this.#names
      .map((name, i) => ({ name, ...this.#results[i] }))
      .filter(({ passed, failed, skipped }) => passed + failed + skipped > 0)
      .map(({ name, ...counts }) => `${name}: ${counted(counts)}`);
  }

  /** `N passed, N failed`, and how many were skipped if any were. */
  total() {
    return counted(this);
  }

  #add(result) {
    this.#results.push(result);
    for (const key of ["passed", "failed", "skipped"]) this[key] += result[key];
  }
}

function counted({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

/** `target/debug/deps/octopool_core-0123456789abcdef` and `src/lib.rs` say which crate and which file. */
function suiteName(program, source) {
  const crate = program.split(/[\\/]/).pop().replace(/-[0-9a-f]{16}(\.exe)?$/, "");
  return `${crate} (${source})`;
}
