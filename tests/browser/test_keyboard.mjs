// Everything by keyboard: the way in, past the menu, through filters and tables; and one can see
// where one is.

import assert from "node:assert/strict";
import { address, asRole, newContext } from "./browser.mjs";
import { none, test } from "./check.mjs";

const NARROW = { width: 320, height: 800 };

// What has the focus: what it is called, and whether that can be seen. An outline, a shadow or a
// border counts; so does the box around a field.
const focused = (page) =>
  page.evaluate(() => {
    const e = document.activeElement;
    if (e === null || e === document.body) return null;
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const isShown = (x, y) => {
      const hit = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
      return hit !== null && (e.contains(hit) || hit.contains(e));
    };
    const spots = [0.05, 0.25, 0.5, 0.75, 0.95].flatMap((x) => [0.25, 0.5, 0.75].map((y) => [x, y]));
    const ownPart = e.type === "date" && !e.matches(":focus"); // its calendar button shows its own
    return {
      name: (e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent).replace(/\s+/g, " ").trim(),
      tag: e.tagName.toLowerCase(),
      seen: ownPart || ((outlined || style.boxShadow !== "none") && box.width > 0 && box.height > 0),
      covered: !spots.some(([x, y]) => isShown(x, y)),
    };
  });

test("the first Tab reaches the skip link, and Enter goes past the menu", async () => {
  await asRole("central", {}, async (page) => {
    await page.goto(`${address}/`);
    await page.keyboard.press("Tab");
    const first = await focused(page);
    assert.equal(first.name, "Skip to main content");
    assert.ok(first.seen, "the skip link can be seen");
    await page.keyboard.press("Enter");
    assert.equal(new URL(page.url()).hash, "#main-content");
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement.closest("main") !== null), "the focus is in the page itself");
  });
});

for (const path of ["/", "/measures/caseload?n=6", "/received?n=2", "/account"]) {
  for (const viewport of [undefined, NARROW]) {
    const where = `${path}${viewport ? " at 320 pixels" : ""}`;
    test(`on ${where} Tab goes through everything once, and the focus can be seen`, async () => {
      await asRole("central", viewport ? { viewport } : {}, async (page) => {
        await page.goto(address + path);
        const unseen = [];
        const n_wanted = await page.evaluate(
          () => [...document.querySelectorAll("a[href], button, select, input:not([type=hidden]), summary, [tabindex='0']")].filter((e) => e.checkVisibility()).length,
        );
        let n = 0;
        for (; n < n_wanted + 20; n++) {
          await page.keyboard.press("Tab");
          const now = await focused(page);
          if (now === null) break;
          if (!now.seen) unseen.push(`${now.tag} "${now.name.slice(0, 60)}" has the focus and does not show it`);
          if (now.covered) unseen.push(`${now.tag} "${now.name.slice(0, 60)}" has the focus and is covered`);
        }
        none([...new Set(unseen)].slice(0, 10), "unseen");
        assert.ok(n >= n_wanted * 0.9, `Tab stops at ${n} of ${n_wanted}`);
      });
    });
  }
}

test("by keyboard alone somebody signs in and changes what a page shows", async () => {
  const context = await newContext();
  try {
    const page = await context.newPage();
    const tabTo = async (name) => {
      for (let i = 0; i < 60; i++) {
        await page.keyboard.press("Tab");
        if ((await focused(page))?.name === name) return;
      }
      assert.fail(`Tab does not reach "${name}"`);
    };
    await page.goto(`${address}/measures/contacts`);
    await tabTo("Account name");
    await page.keyboard.type("central");
    await page.keyboard.press("Tab");
    await page.keyboard.type(process.env.DASHBOARD_PASSWORD);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${address}/measures/contacts`);
    await tabTo("How many");
    await page.keyboard.press("Home");
    await tabTo("Show");
    await page.keyboard.press("Enter");
    await page.waitForURL(/[?&]n=6\b/);
    assert.match(await page.locator("main").innerText(), /6 months to /);
    await tabTo("Show as table");
    await page.keyboard.press("Enter");
    assert.ok(await page.getByRole("region", { name: "Figures over time" }).isVisible(), "the table is open");
  } finally {
    await context.close();
  }
});
