// npm run fuzz [-- OPTIONS]: requests made up from /openapi.json, and every answer held against it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { debugProgram } from "./lib/cargo-workspace.mjs";
import { Failure, runMain } from "./lib/failure.mjs";
import { executable, root } from "./lib/paths.mjs";
import { start } from "./lib/processes.mjs";
import { installPython } from "./lib/python-tools.mjs";
import { eachLine, run, runVisibly } from "./lib/run.mjs";
import { step } from "./lib/step.mjs";
import { bold, print } from "./lib/terminal.mjs";

const HELP = `npm run fuzz [-- OPTIONS]

Makes up requests from /openapi.json with schemathesis, valid ones and others, and fails on a 5xx that is none of the
documented ones and on any answer that the document does not describe. Without --url against the application served
natively with the stand-in for GitHub, by crates/testkit/examples/serve.rs.

  --url URL       a server that runs; its tokens are in OCTOPOOL_ADMIN_TOKEN and OCTOPOOL_TOKEN. It is written to!
  --examples N    how many requests are made up for each route (100)
  --help          this text`;

const VERSION = "4.32.5";
// A cursor or a tag that is made up is refused, so "what the schema allows is accepted" cannot hold of those.
const NOT_CHECKED = "positive_data_acceptance";
const SETTINGS = `[auth.openapi.admin]
bearer = "\${OCTOPOOL_ADMIN_TOKEN}"
[auth.openapi.caller]
bearer = "\${OCTOPOOL_TOKEN}"
[auth.openapi.github]
api_key = "token \${OCTOPOOL_TOKEN}"
`;
// A hash that is made up is refused, and no document would ever be applied; so it is read just before.
const HOOKS = `import os, requests, schemathesis

@schemathesis.hook
def before_call(context, case, kwargs):
    if case.operation.path == "/v1/admin/apply" and isinstance(case.body, dict) and isinstance(case.body.get("state_hash"), str):
        headers = {"authorization": "Bearer " + os.environ["OCTOPOOL_ADMIN_TOKEN"]}
        answer = requests.get(os.environ["OCTOPOOL_FUZZ_URL"] + "/v1/admin/state", headers=headers)
        if answer.ok:
            case.body["state_hash"] = answer.json()["state_hash"]
`;

await runMain(async () => {
  const options = { url: { type: "string" }, examples: { type: "string", default: "100" }, help: { type: "boolean" } };
  const { values } = parseArgs({ options });
  if (values.help) return print(HELP);
  const program = await step(`schemathesis ${VERSION}`, install, "about a minute the first time");
  const server = values.url ? { url: values.url, env: {} } : await step("Application, served natively", serve);
  const folder = mkdtempSync(path.join(os.tmpdir(), "octopool-fuzz-"));
  try {
    const settings = path.join(folder, "schemathesis.toml");
    writeFileSync(settings, SETTINGS);
    writeFileSync(path.join(folder, "octopool_hooks.py"), HOOKS);
    const hooks = { OCTOPOOL_FUZZ_URL: server.url, SCHEMATHESIS_HOOKS: "octopool_hooks", PYTHONPATH: folder };
    let code = 0;
    // The admin's requests disable the caller and delete its pool, so they come last.
    for (const tag of ["open", "caller", "admin"]) {
      print(bold(`octopool: ${tag}`));
      const args = ["--config-file", settings, "run", `${server.url}/openapi.json`, "--include-tag", tag, "--continue-on-failure"];
      args.push("--exclude-checks", NOT_CHECKED, "--max-examples", values.examples, "--phases", "examples,coverage,fuzzing");
      const failed = await runVisibly(program, args, { cwd: folder, env: { ...server.env, ...hooks }, onLine: () => {} });
      code ||= failed;
    }
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function install({ progress, note }) {
  const { program, installed } = await installPython(`schemathesis-${VERSION}`, [`schemathesis==${VERSION}`], progress);
  note(installed ? "installed" : "present");
  return program("schemathesis");
}

/** Builds and starts the example, which ends with its input; resolves to its address and tokens. */
async function serve({ progress, note }) {
  const build = ["build", "--locked", "--package", "octopool-testkit", "--example", "serve"];
  await run("cargo", build, { cwd: root, onLine: progress, what: "cargo build" });
  const child = start(executable(await debugProgram("examples/serve")), [], { stdio: ["pipe", "pipe", "pipe"] });
  const tail = [];
  eachLine(child.stderr, (line) => tail.push(line));
  return new Promise((resolve, reject) => {
    child.once("close", (code) => reject(new Failure(`the server ended (exit code ${code})`, { tail })));
    eachLine(child.stdout, (line) => {
      const [url, admin, caller] = line.split(" ");
      note(url);
      resolve({ url, env: { OCTOPOOL_ADMIN_TOKEN: admin, OCTOPOOL_TOKEN: caller } });
    });
  });
}
