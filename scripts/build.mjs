// npm run build, npm run setup, and the [build] of wrangler.toml.

import { command } from "./lib/command.mjs";
import { setUp, setUpAndBuild } from "./lib/setup.mjs";

await command("build", { "setup-only": { type: "boolean" } }, (values) => (values["setup-only"] ? setUp() : setUpAndBuild()));
