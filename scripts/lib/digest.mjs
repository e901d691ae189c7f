// Whether inputs changed: one digest over files, folders and words.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

import { root } from "./paths.mjs";

/** The digest of files and folders (with what is in them; missing ones count as such) and of further words. */
export function digest(paths, words = []) {
  const hash = createHash("sha256");
  for (const word of words) hash.update(`word ${word}\0`);
  for (const file of paths.flatMap(filesUnder)) {
    hash.update(`file ${path.relative(root, file)}\0`);
    hash.update(existsSync(file) ? readFileSync(file) : "missing").update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(start) {
  if (!existsSync(start) || !statSync(start).isDirectory()) return [start];
  return readdirSync(start).sort().flatMap((name) => filesUnder(path.join(start, name)));
}
