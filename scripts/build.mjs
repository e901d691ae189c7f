// npm run build, and the [build] of wrangler.toml: the Worker in build/, as wrangler takes it. With
// --setup-only, which is npm run setup, everything that a build needs and nothing more.

import { command } from "./lib/command.mjs";
import { setUp, setUpAndBuild } from "./lib/setup.mjs";

const HELP = "npm run build: sets up what is missing and builds the Worker into build/\nnpm run setup: the set-up alone";

await command(HELP, { "setup-only": { type: "boolean" } }, (values) => (values["setup-only"] ? setUp() : setUpAndBuild()));
