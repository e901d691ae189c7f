// npm run deploy [-- ARGS]: builds, then `wrangler deploy ARGS`; with `--dry-run` nothing is uploaded.

import { runMain } from "./lib/failure.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";
import { wrangler } from "./lib/wrangler.mjs";

await runMain(async () => {
  await setUpAndBuild();
  return wrangler(["deploy", ...process.argv.slice(2)]);
});
