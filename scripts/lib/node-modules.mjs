// The Node modules, exactly as package-lock.json has them.

import { existsSync, readFileSync } from "node:fs";

import { inRoot, root, withOwnNode } from "./paths.mjs";
import { run } from "./run.mjs";

/** Installs what the lock file says; resolves to false if exactly that is installed. */
export async function installNodeModules(progress) {
  if (installed()) return false;
  const [npm, ...first] = npmCommand();
  // Dependencies' install scripts are off in .npmrc.
  await run(npm, [...first, "ci", "--no-progress", "--loglevel=http"], {
    cwd: root,
    env: withOwnNode(),
    onLine: progress,
    what: "npm ci",
    next: "see npm's message above: mostly the registry was not reachable (behind a proxy: `npm config set proxy URL`)",
  });
  return true;
}

/** The file that npm leaves as its last act lists what it installed; other platforms' binaries are not among it. */
function installed() {
  const marker = inRoot("node_modules", ".package-lock.json");
  if (!existsSync(marker)) return false;
  const have = packages(marker);
  return Object.entries(packages(inRoot("package-lock.json"))).every(([path, wanted]) => {
    if (path === "") return true;
    const found = have[path];
    if (!found) return Boolean(wanted.optional);
    return found.version === wanted.version && existsSync(inRoot(path, "package.json"));
  });
}

const packages = (file) => JSON.parse(readFileSync(file, "utf8")).packages;

/** npm by the script that runs us, because on Windows `npm` is no program that can be started without a shell. */
function npmCommand() {
  const script = process.env.npm_execpath;
  return script?.endsWith(".js") ? [process.execPath, script] : ["npm"];
}
