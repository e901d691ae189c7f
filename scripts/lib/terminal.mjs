// What a person sees: colours and moving lines only on a terminal, and one line for each step.

import { styleText } from "node:util";

const QUIET_MS = 2000;
const HEARTBEAT_MS = 10_000;

const isTerminal = Boolean(process.stdout.isTTY);
const coloured = isTerminal && !process.env.NO_COLOR && process.env.TERM !== "dumb";
export const paint = (style, text) => (coloured ? styleText(style, text) : text);

let moving = false;

/** Removes the line that moves. */
export function wipe() {
  if (moving) process.stdout.write("\r\u001b[2K");
  moving = false;
}

/** Prints a line; one that still moves is wiped first. */
export function print(text = "") {
  wipe();
  process.stdout.write(`${text}\n`);
}

/** Shows a line that the next output replaces; elsewhere than on a terminal a usual one. */
function show(text) {
  if (!isTerminal) return print(text);
  const width = (process.stdout.columns ?? 80) - 1;
  process.stdout.write(`\r\u001b[2K${text.length > width ? `${text.slice(0, width - 1)}…` : text}`);
  moving = true;
}

/**
 * Runs one step: a line with its title and time, and signs of life once it takes longer than two seconds.
 *
 * @template T
 * @param {string} title
 * @param {(step: { progress: (line: string) => void, note: (text: string) => void }) => Promise<T>} work
 *   `progress` says what it is doing, `note` what the finished line adds
 * @param {string} [takes] how long it may take, shown while it does
 * @returns {Promise<T>}
 */
export async function step(title, work, takes) {
  const began = Date.now();
  const time = () => `(${((Date.now() - began) / 1000).toFixed(1)} s)`;
  let [latest, note] = ["", ""];
  let timer = setTimeout(function beat() {
    // The time and what is done come first: a narrow terminal cuts the end off.
    show(`  … ${title} ${time()} ${latest}${takes ? ` (${takes})` : ""}`);
    timer = setTimeout(beat, isTerminal ? 200 : HEARTBEAT_MS);
  }, QUIET_MS);
  const finish = (mark) => print(`${mark} ${title}${note && `: ${note}`} ${paint("dim", time())}`);
  try {
    const result = await work({ progress: (text) => (latest = text.trim()), note: (text) => (note = text) });
    finish(paint("green", "  ✓"));
    return result;
  } catch (error) {
    finish(paint("red", "  ✗"));
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
