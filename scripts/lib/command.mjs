// How a command begins and ends: its options, and what happened and what to do if it fails.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

import { inRoot } from "./paths.mjs";
import { Failure, isStopping, onEnd, stopAll } from "./processes.mjs";
import { paint, print, wipe } from "./terminal.mjs";

/**
 * Runs a command and ends the process with the exit code that `main` resolves to; nothing that it
 * started outlives it. `--help` prints the command's text in scripts/help.
 *
 * @param {string} name
 * @param {import("node:util").ParseArgsConfig["options"] | null} options besides `--help`; null takes anything
 * @param {(values: object, positionals?: string[]) => Promise<number | void>} main takes positional
 *   arguments if it has a second parameter
 * @param {(code: number) => number} [signalled] makes the exit code after Ctrl-C and the like from the usual one
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

function parse(options, allowPositionals) {
  if (!options) return { values: {}, positionals: process.argv.slice(2) };
  try {
    return parseArgs({ options: { ...options, help: { type: "boolean", short: "h" } }, allowPositionals });
  } catch (error) {
    throw new Failure(error.message.split(". ")[0], { next: "the same command with `-- --help` lists the options" });
  }
}

function report(error) {
  wipe();
  if (!(error instanceof Failure)) return console.error(error);
  for (const line of error.tail) console.error(`    ${line}`);
  print(`${paint("red", "Error:")} ${error.message}${error.next ? `\nNext:  ${error.next}` : ""}`);
}
