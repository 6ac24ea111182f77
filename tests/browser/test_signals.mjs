// Why a measure is flagged, and what was done about it: acknowledged by one of the central team, seen
// by another, whose account an administrator makes first.

import assert from "node:assert/strict";
import { address, asRole, contextOf, newContext } from "./browser.mjs";
import { test } from "./check.mjs";

const COLLEAGUE = { name: `c.colleague.${Date.now()}`, full: "Kit Colleague (synthetic)", password: "four-plain-words-in-a-row" };

const textOf = async (page, selector = "main") => (await page.locator(selector).innerText()).replace(/\s+/g, " ");
let colleague = null; // what keeps that account signed in

test("an administrator adds an account, and its owner chooses a password by the link", async () => {
  const link = await asRole("admin", {}, async (page) => {
    await page.goto(`${address}/accounts`);
    await page.getByRole("button", { name: "Add an account" }).click();
    await page.getByRole("button", { name: "Add the account" }).click();
    assert.match(await textOf(page), /There is a problem/);
    await page.getByLabel("Account name").fill(COLLEAGUE.name);
    await page.getByLabel("Full name").fill(COLLEAGUE.full);
    await page.getByLabel("Central team").check();
    await page.getByRole("button", { name: "Add the account" }).click();
    return page.locator("main input[value*='/set-up/']").inputValue();
  });
  const context = await newContext();
  try {
    const page = await context.newPage();
    await page.goto(link);
    await page.getByLabel("New password", { exact: true }).fill(COLLEAGUE.password);
    await page.getByLabel("New password again").fill(COLLEAGUE.password);
    await page.getByRole("button", { name: "Set the password" }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/set-up"));
    if (new URL(page.url()).pathname === "/sign-in") {
      await page.getByLabel("Account name").fill(COLLEAGUE.name);
      await page.getByLabel("Password").fill(COLLEAGUE.password);
      await page.getByRole("button", { name: "Sign in" }).click();
    }
    await page.goto(`${address}/account`);
    assert.match(await textOf(page), /Kit Colleague/);
    colleague = await context.storageState();
    await page.goto(link);
    assert.doesNotMatch(await textOf(page), /New password/, "a link serves once");
  } finally {
    await context.close();
  }
});

const WAYS = [
  { words: "", options: {} },
  { words: ", without JavaScript", options: { javaScriptEnabled: false } },
];

for (const way of WAYS) {
  test(`central: why a measure is flagged can be seen, and acknowledged so that a colleague sees it${way.words}`, async () => {
    const note = `Team manager asked on Monday${way.words}; "sure" <b>& certain`;
    const context = await contextOf("central", way.options);
    let path = "";
    try {
      const page = await context.newPage();
      await page.goto(`${address}/`);
      const links = await page.$$eval("main a[href^='/signals/']", (all) => all.map((a) => [a.getAttribute("href"), a.textContent]));
      let say = "";
      for (const [href, text] of links) {
        if (!/^\/signals\/\d/.test(href)) continue;
        await page.goto(`${address}/`);
        await page.getByRole("link", { name: text, exact: true }).first().click();
        say = text;
        if ((await page.getByRole("button", { name: "Acknowledge", exact: true }).count()) > 0) break; // not done yet
      }
      path = new URL(page.url()).pathname;
      const text = await textOf(page);
      assert.equal(await page.locator("h1").innerText(), say);
      assert.match(text, /usual range|limit|in a row|months or more|chance/i); // the evidence, in words
      assert.ok((await page.locator("main svg[role=img], main .c-chart svg").count()) > 0, "and as a chart");
      assert.match(text, /Owner nobody Acknowledged/i);
      await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
      assert.match(await textOf(page), /There is a problem/, "without a note it is not acknowledged");
      await page.getByLabel(/^Acknowledge: /).fill(note);
      await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
      assert.ok((await textOf(page)).includes(note));
    } finally {
      await context.close();
    }
    assert.ok(colleague, "there is a colleague");
    const other = await newContext({ ...way.options, storageState: colleague });
    try {
      const page = await other.newPage();
      await page.goto(`${address}/signals`);
      await page.locator(`main a[href^='${path}']`).first().click();
      const text = await textOf(page);
      assert.match(text, /Casey Central \(synthetic\), Central team Acknowledged\./);
      assert.ok(text.includes(note), "the note, letter by letter");
      assert.equal(await page.getByRole("button", { name: "Acknowledge", exact: true }).count(), 0);
    } finally {
      await other.close();
    }
    await asRole("commissioner", {}, async (page) => {
      await page.goto(address + path);
      assert.match(await textOf(page), /Acknowledged/);
      assert.equal(await page.locator("main form[method=post]").count(), 0, "a commissioner only reads");
    });
    await asRole("admin", {}, async (page) => {
      await page.goto(`${address}/audit-log`);
      assert.match(await textOf(page), /Casey Central|central/, "and the audit log has it");
    });
  });
}
