// How a command ends when something is wrong: what happened, what the program said, what to do next.

import { print, red, wipe } from "./terminal.mjs";
import { isStopping, onEnd, stopAll } from "./processes.mjs";

/** An expected failure. It is shown without a stack trace. */
export class Failure extends Error {
  /**
   * @param {string} message what happened
   * @param {{ next?: string, tail?: string[] }} more what to do next; the last lines that the failed program said
   */
  constructor(message, { next, tail = [] } = {}) {
    super(message);
    this.next = next;
    this.tail = tail;
  }
}

/**
 * Runs a command's `main` and ends the process with the exit code that it resolves to; nothing that it started
 * outlives it. `signalled` turns the exit code that Ctrl-C and its like would give into the one that is right here.
 */
export async function runMain(main, signalled = (code) => code) {
  onEnd(async (code) => {
    wipe();
    await stopAll();
    return signalled(code);
  });
  let code = 1;
  try {
    code = (await main()) ?? 0;
  } catch (error) {
    if (!isStopping()) report(error);
  }
  // What ends while we are being stopped ends because of that; `onEnd` ends the process.
  if (isStopping()) return;
  await stopAll();
  process.exit(code);
}

function report(error) {
  wipe();
  if (!(error instanceof Failure)) {
    console.error(error);
    return;
  }
  for (const line of error.tail) console.error(`    ${line}`);
  print(`${red("Error:")} ${error.message}`);
  if (error.next) print(`Next:  ${error.next}`);
}
