// npm run fuzz [-- OPTIONS]: requests made up from /openapi.json, and every answer held against it.

import { command, paint, print, step } from "../../../scripts/lib/command.mjs";
import { inRoot } from "../../../scripts/lib/paths.mjs";
import { runVisibly } from "../../../scripts/lib/processes.mjs";
import { installPython } from "../python.mjs";
import { serveNatively } from "../serve.mjs";

const VERSION = "4.32.5";
// A cursor or a tag that is made up is refused, so "what the schema allows is accepted" cannot hold of those.
const NOT_CHECKED = "positive_data_acceptance";

await command("fuzz", { url: { type: "string" }, examples: { type: "string", default: "100" } }, async ({ url, examples }) => {
  const install = ({ progress }) => installPython(`schemathesis-${VERSION}`, [`schemathesis==${VERSION}`], progress);
  const program = await step(`schemathesis ${VERSION}`, install, "about a minute the first time");
  const server = url ? { url } : await step("Application, served natively", serveNatively, "about 3 minutes the first time");
  const tokens = url ? {} : { OCTOPOOL_ADMIN_TOKEN: server.adminToken, OCTOPOOL_TOKEN: server.token };
  const folder = inRoot("tests", "e2e", "fuzz");
  const env = { ...tokens, OCTOPOOL_FUZZ_URL: server.url, SCHEMATHESIS_HOOKS: "octopool_hooks", PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: "1" };
  let code = 0;
  // The admin's requests disable the caller and delete its pool, so they come last.
  for (const tag of ["open", "caller", "admin"]) {
    print(paint("bold", `octopool: ${tag}`));
    const args = ["--config-file", `${folder}/schemathesis.toml`, "run", `${server.url}/openapi.json`, "--include-tag", tag];
    args.push("--continue-on-failure", "--exclude-checks", NOT_CHECKED, "--max-examples", examples, "--phases", "examples,coverage,fuzzing");
    code = (await runVisibly(program("schemathesis"), args, { cwd: inRoot("target"), env })) || code;
  }
  return code;
});
