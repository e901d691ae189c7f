// The application without workerd, for what needs a server and no runtime.

import { cargoBuild } from "../../scripts/lib/build.mjs";
import { startSaying } from "../../scripts/lib/servers.mjs";

/** Builds and starts the application with the stand-in, without workerd: an example of crates/testkit. */
export async function serveNatively({ progress, note }) {
  const program = await cargoBuild(["--package", "octopool-testkit", "--example", "serve"], { progress });
  const [url, adminToken, token, githubUrl, githubToken] = (await startSaying(program, [])).line.split(" ");
  note(url);
  return { url, adminToken, token, github: { url: githubUrl, token: githubToken } };
}
