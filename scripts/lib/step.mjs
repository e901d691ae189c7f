// One step of a set-up: a line with its name and time, and signs of life while it takes longer than two seconds.

import { dim, green, isTerminal, print, red, show, wipe } from "./terminal.mjs";

const QUIET_MS = 2000;
const HEARTBEAT_MS = 10_000;

/**
 * Runs a step.
 *
 * @template T
 * @param {string} title what is being done, for a person
 * @param {(step: { progress: (line: string) => void, note: (text: string) => void }) => Promise<T>} work
 *   tells with `progress` what it is at, and with `note` what the finished line should add
 * @param {string} [takes] how long it may take, shown while it does
 * @returns {Promise<T>}
 */
export async function step(title, work, takes) {
  const began = Date.now();
  const seconds = () => `${((Date.now() - began) / 1000).toFixed(1)} s`;
  let latest = "";
  let note = "";
  const line = () => `  … ${title}${takes ? `, ${takes}` : ""} (${seconds()}) ${latest}`;
  const quiet = isTerminal ? repeat(() => show(line()), 200) : repeat(() => print(line()), HEARTBEAT_MS);
  try {
    const result = await work({
      progress: (line) => (latest = line.trim()),
      note: (text) => (note = text),
    });
    quiet();
    print(`${green("  ✓")} ${title}${note ? `: ${note}` : ""} ${dim(`(${seconds()})`)}`);
    return result;
  } catch (error) {
    wipe();
    print(`${red("  ✗")} ${title} ${dim(`(${seconds()})`)}`);
    throw error;
  } finally {
    quiet();
  }
}

/** Calls `beat` once the quiet time is over and then again and again; the result ends it. */
function repeat(beat, everyMs) {
  let timer = setTimeout(function again() {
    beat();
    timer = setTimeout(again, everyMs);
  }, QUIET_MS);
  return () => clearTimeout(timer);
}
