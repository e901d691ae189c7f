// Files that only their owner may read.

import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";

/** Makes a folder that only its owner may enter. */
export function privateFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // It may exist already, with other rights.
  chmodSync(folder, 0o700);
}

/** Writes a file that only its owner may read; a reader sees the old content or the new, never a part. */
export function writePrivate(file, text) {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, text, { mode: 0o600, flag: "wx" });
  renameSync(aside, file);
}

/** Settings as lines that wrangler, Node and a POSIX shell all read the same way. */
export function settingsText(settings) {
  return Object.entries(settings).map(([name, value]) => `${name}=${quoted(name, String(value))}\n`).join("");
}

/** The PEM of a key has line ends, which the three agree on only when they are written as `\n`. */
function quoted(name, value) {
  if (/["$`\\']/.test(value)) throw new Error(`the value of ${name} cannot be written to a settings file`);
  return `"${value.replace(/\r?\n/g, "\\n")}"`;
}
