// node click.mjs URL: opens a page of the App manifest flow as its user would, and clicks what GitHub asks for.

import assert from "node:assert/strict";

import { findBrowser, withBrowser } from "./browser.mjs";

/** How long the whole may take. */
const END_MS = 60_000;
const PAUSE_MS = 100;
/** The name that the user gives the App if the suggested one is taken. */
const OTHER_NAME = "Acme reads";
/** The headings where the user is done. */
const DONE = ["GitHub created the App", "Installed "];

/** What is on the page: its heading, the problem that it names, and the places of its field and its button. */
const LOOK = `(() => {
  const middle = (element) => {
    const box = element?.getBoundingClientRect();
    return box && box.width ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : null;
  };
  return {
    heading: document.querySelector("h1")?.textContent ?? "",
    problem: document.querySelector("#problem")?.textContent ?? "",
    field: middle(document.querySelector("input[name=name]")),
    button: middle(document.querySelector("button")),
    label: document.querySelector("button")?.textContent ?? "",
  };
})()`;

const [address] = process.argv.slice(2);
await withBrowser(findBrowser(), async ({ Page, Runtime, Input }) => {
  await Page.enable();
  const click = async ({ x, y }, clickCount = 1) => {
    for (const type of ["mousePressed", "mouseReleased"]) await Input.dispatchMouseEvent({ type, x, y, button: "left", clickCount });
  };
  const look = async () => {
    // While a page is replaced by the next one there is nothing to look at.
    const { result } = await Runtime.evaluate({ expression: LOOK, returnByValue: true }).catch(() => ({ result: {} }));
    return result.value ?? { heading: "", problem: "", label: "" };
  };
  await Page.navigate({ url: address });
  const end = Date.now() + END_MS;
  const clicked = [];
  while (Date.now() < end) {
    const page = await look();
    if (DONE.some((heading) => page.heading.startsWith(heading))) return console.log([...clicked, page.heading].join(" > "));
    // Our own page goes on by itself: only GitHub's buttons are clicked.
    if (page.button && /^(Create GitHub App|Install)/.test(page.label)) {
      if (page.problem) {
        assert.match(page.problem, /already in use/);
        await click(page.field, 3);
        await Input.insertText({ text: OTHER_NAME });
      }
      clicked.push(page.heading);
      await Promise.all([Page.loadEventFired(), click(page.button)]);
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  assert.fail(`nothing to click any more after ${clicked.join(" > ")}`);
});
