// A command and the person at the terminal: its options, its steps, what happened and what to do if it fails.

import { readFileSync } from "node:fs";
// By the module, because paths.mjs has to report a Node that lacks these.
import util from "node:util";

import { inRoot } from "./paths.mjs";
import { Failure, isStopping, onEnd, stopAll } from "./processes.mjs";

const QUIET_MS = 2000;
const HEARTBEAT_MS = 10_000;

const isTerminal = Boolean(process.stdout.isTTY);
const coloured = isTerminal && !process.env.NO_COLOR && process.env.TERM !== "dumb";
export const paint = (style, text) => (coloured ? util.styleText(style, text) : text);

let moving = false;

/** Removes the line that moves. */
function wipe() {
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
 * `work` says with `progress(line)` what it is doing and with `note(text)` what the finished line adds;
 * `takes` is how long it may take, shown while it does. Resolves as `work` does.
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

/**
 * Runs a command and ends the process with the exit code that `main` resolves to; nothing that it
 * started outlives it. `--help` prints the command's text in scripts/help. `options` are as `parseArgs`
 * takes them, or null for anything; `main` gets their values, and positional arguments if it has a second
 * parameter. `signalled` makes the exit code after Ctrl-C and the like from the usual one.
 */
export async function command(name, options, main, signalled = (code) => code) {
  onEnd(async (code) => {
    wipe();
    await stopAll();
    return signalled(code);
  });
  let code = 1;
  try {
    const { values, positionals } = parse(options, main.length > 1);
    code = (values.help ? print(readFileSync(inRoot("scripts", "help", `${name}.txt`), "utf8").trim()) : await main(values, positionals)) ?? 0;
  } catch (error) {
    if (!isStopping()) report(error);
  }
  // What ends while we are being stopped ends because of that; `onEnd` ends the process.
  if (isStopping()) return;
  await stopAll();
  process.exit(code);
}

/** Questions to the person at the terminal; null where there is none, as in CI. Answers to `secret` are not shown. */
export async function asker() {
  if (!process.stdin.isTTY || !isTerminal || process.env.CI) return null;
  // Not at the top: before the set-up it may not be installed.
  const { isCancel, password, select, text } = await import("@clack/prompts");
  const answer = async (question) => {
    wipe();
    const given = await question;
    if (isCancel(given)) throw new Failure("cancelled", { next: "run the command again; it continues where it stopped" });
    return given ?? "";
  };
  return {
    text: (message, pattern, what) => answer(text({ message, validate: (given = "") => (pattern.test(given.trim()) ? undefined : `This must be ${what}.`) })).then((given) => given.trim()),
    secret: (message) => answer(password({ message: `${message}\n(Enter skips it)`, mask: "•" })).then((given) => given.trim()),
    select: (message, options) => answer(select({ message, options })),
  };
}

function parse(options, allowPositionals) {
  try {
    if (!options) return { values: {}, positionals: process.argv.slice(2) };
    return util.parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } }, allowPositionals });
  } catch (error) {
    throw new Failure(error.message.split(/\.\s/)[0], { next: "the same command with `-- --help` lists the options" });
  }
}

function report(error) {
  wipe();
  if (!(error instanceof Failure)) return console.error(error);
  for (const line of error.tail) console.error(`    ${line}`);
  print(`${paint("red", "Error:")} ${error.message}${error.next ? `\nNext:  ${error.next}` : ""}`);
}
