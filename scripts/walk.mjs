// The main job of octopool on real requests: an admin provisions a caller and identities, a member logs in and reads GitHub,
// and an operator sees, changes, revokes and proves what there is.

import { Conversation } from "./lib/conversation.mjs";
import { letIn } from "./walk/admission.mjs";
import { govern } from "./walk/governance.mjs";
import { askForHealth, askForStats, readGithub } from "./walk/relay.mjs";

/**
 * Walks through it with a Worker that runs; fails at the first answer that is not as it should be. It can be repeated
 * on the same database.
 *
 * @param {string} url the Worker
 * @param {import("./lib/cast.mjs").Cast} cast
 * @returns {Promise<{ summary: string, callerToken: string }>} the token of the login, which still works at the end
 */
export async function walk(url, cast) {
  const talk = new Conversation(url);
  const callerToken = await letIn(talk, cast);
  await readGithub(talk, cast, callerToken);
  await askForHealth(talk, cast, callerToken);
  await askForStats(talk, cast, callerToken);
  await govern(talk, cast, callerToken);
  return { summary: talk.summary, callerToken };
}
