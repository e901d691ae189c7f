// Debian packages, unpacked into a folder. Needs apt-get and dpkg-deb, but no root and none of the machine's own
// package lists: both are given folders of ours.

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { run } from "../../../../scripts/lib/processes.mjs";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const MIRROR = "http://deb.debian.org/debian";

/** Why packages cannot be had on this machine; null if they can. */
export function debianIsMissing() {
  if (process.platform !== "linux") return "Debian packages need Linux with apt";
  const needed = ["/usr/bin/apt-get", "/usr/bin/dpkg-deb", KEYRING];
  const missing = needed.filter((file) => !existsSync(file));
  return missing.length ? `this machine has no ${missing.join(", no ")}` : null;
}

/**
 * Unpacks packages, without what they depend on, unless that was done.
 *
 * @param {string} suite of Debian; frozen, so that its packages keep their versions
 * @param {string} home their folder, whose name holds the version
 * @param {string[]} packages as `apt-get download` takes them
 * @param {(line: string) => void} progress
 * @returns {Promise<string>} the folder that stands for `/`
 */
export async function unpackDebian(suite, home, packages, progress) {
  const root = path.join(home, "root");
  if (existsSync(root)) return root;
  rmSync(home, { recursive: true, force: true });
  const [apt, unpacked] = ["apt", "unpacked"].map((name) => path.join(home, name));
  for (const folder of ["lists/partial", "archives/partial", "packages"]) mkdirSync(path.join(apt, folder), { recursive: true });
  writeFileSync(path.join(apt, "status"), "");
  writeFileSync(path.join(apt, "sources.list"), `deb [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`);
  const next = "the packages come from a Debian mirror; look at apt's message above";
  const aptGet = (args, options) => run("apt-get", [...aptOptions(apt), ...args], { ...options, onLine: progress, what: `apt-get ${args[0]}`, next });
  await aptGet(["update"]);
  const folder = path.join(apt, "packages");
  await aptGet(["download", ...packages], { cwd: folder });
  mkdirSync(unpacked);
  for (const file of readdirSync(folder)) await run("dpkg-deb", ["--extract", path.join(folder, file), unpacked], { onLine: progress });
  // About 30 MB of lists that nothing reads again.
  rmSync(apt, { recursive: true, force: true });
  // Last, so that what was interrupted does not count as done.
  renameSync(unpacked, root);
  return root;
}

function aptOptions(apt) {
  const settings = {
    "Dir::State": apt,
    "Dir::State::Lists": path.join(apt, "lists"),
    "Dir::State::status": path.join(apt, "status"),
    "Dir::Cache": apt,
    "Dir::Etc::SourceList": path.join(apt, "sources.list"),
    "Dir::Etc::SourceParts": "/dev/null",
    "Dir::Etc::PreferencesParts": "/dev/null",
    // As root apt would drop to a user that may not write into our folder.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    "Acquire::Retries": "3",
  };
  return ["--quiet", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}
