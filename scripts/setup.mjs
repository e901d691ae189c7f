// npm run setup: everything that a build needs, and nothing more.

import { runMain } from "./lib/failure.mjs";
import { setUp } from "./lib/setup.mjs";

await runMain(setUp);
