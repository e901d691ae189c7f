// What cargo knows about the workspace.

import path from "node:path";

import { root } from "./paths.mjs";
import { run } from "./run.mjs";

let cached;

/** The workspace's packages and target folder. Without dependencies: those would need the registry. */
export async function workspace() {
  cached ??= run("cargo", ["metadata", "--no-deps", "--format-version", "1"], { cwd: root }).then(JSON.parse);
  return cached;
}

/** The folders of a package and of all workspace packages that end up in it. */
export async function packageFolders(name) {
  const { packages } = await workspace();
  const seen = new Map();
  const visit = (name) => {
    const found = packages.find((candidate) => candidate.name === name);
    if (!found || seen.has(name)) return;
    seen.set(name, path.dirname(found.manifest_path));
    for (const { name, kind } of found.dependencies) if (kind !== "dev") visit(name);
  };
  visit(name);
  return [...seen.values()];
}

/** Where cargo puts a program of the `dev` profile. */
export async function debugProgram(name) {
  const { target_directory: target } = await workspace();
  return path.join(target, "debug", name);
}
