// npm run build: the Worker in build/, as `wrangler dev` and `wrangler deploy` take it.

import { runMain } from "./lib/failure.mjs";
import { setUpAndBuild } from "./lib/setup.mjs";

await runMain(setUpAndBuild);
