// Every page of every role: it answers, its console is silent, it asks nobody else, its policy
// refuses nothing, axe-core finds nothing, it fits a screen of 320 pixels and its text can be read.

import assert from "node:assert/strict";
import { address, asRole, axe, newContext, refusedByPolicy, watch } from "./browser.mjs";
import { none, test } from "./check.mjs";
import { pagesOf } from "./pages.mjs";

const NARROW = { width: 320, height: 800 };
const WIDE = { width: 1280, height: 900 };
const FONT_MIN_PX = 12;
const AT_ONCE = 2;
const ROLES = ["", "central", "district", "commissioner", "dfe", "admin"];

// Text smaller than FONT_MIN_PX that somebody can see, on the screen as it is: SVG is scaled.
const smallText = (page) =>
  page.evaluate((min) => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const e = node.parentElement;
      if (node.data.trim() === "" || ["TITLE", "DESC", "SCRIPT", "STYLE"].includes(e.tagName.toUpperCase())) continue;
      if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
      const scale = e.ownerSVGElement ? (e.getScreenCTM()?.d ?? 1) : 1;
      const px = parseFloat(getComputedStyle(e).fontSize) * scale;
      if (px < min - 0.05) found.add(`${px.toFixed(1)} px: "${node.data.trim().slice(0, 40)}"`);
    }
    return [...found].slice(0, 5);
  }, FONT_MIN_PX);

const widerThanScreen = (page) =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const guilty = [...document.querySelectorAll("main *, header *, footer *")]
      .filter((e) => e.getBoundingClientRect().right > width + 1)
      .slice(0, 3)
      .map((e) => `${e.tagName}.${e.className.baseVal ?? e.className}`);
    return [`${document.documentElement.scrollWidth} px wide: ${guilty.join(", ")}`];
  });

const look = async (page, path, { first, mistake }, found) => {
  const note = (list, lines) => list.push(...lines.map((line) => `${path}: ${line}`));
  const expected = mistake ? [400, 403, 404] : [];
  const faults = watch(page, expected);
  const answer = await page.goto(address + path);
  await page.waitForLoadState("load");
  if (mistake ? !expected.includes(answer.status()) : answer.status() !== 200)
    found.faults.push(`${path} answers ${answer.status()}`);
  if (first) note(found.axe, await axe(page));
  note(found.faults, await refusedByPolicy(page));
  note(found.small, await smallText(page));
  await page.setViewportSize(NARROW);
  note(found.wide, await widerThanScreen(page));
  note(found.small, await smallText(page));
  note(found.axe, (await page.$$("h1")).length === 1 ? [] : ["not one h1"]);
  await page.setViewportSize(WIDE);
  found.faults.push(...faults);
};

const lookAtAll = async (page, role) => {
  const found = { axe: [], faults: [], wide: [], small: [], paths: await pagesOf(page, role) };
  const left = [...found.paths];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const own = await page.context().newPage();
      await look(own, ...next, found);
      await own.close();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return found;
};

for (const role of ROLES) {
  const who = role === "" ? "nobody signed in" : role;
  let found = null;
  test(`as ${who}: axe-core finds nothing at WCAG 2.2 AA on any page`, async () => {
    if (role === "") {
      const context = await newContext({ axe: true });
      found = await lookAtAll(await context.newPage(), role);
      await context.close();
    } else {
      found = await asRole(role, { axe: true }, (page) => lookAtAll(page, role));
    }
    if (process.env.VERBOSE) console.log([...found.paths.keys()].join("\n"));
    none(found.axe, "axe-core");
  });
  test(`as ${who}: no page has an error, a refused or failed request, or asks another origin`, () => {
    assert.ok(found, "the pages could not be read");
    none(found.faults, "faults");
  });
  test(`as ${who}: no page is wider than a screen of 320 pixels`, () => {
    assert.ok(found, "the pages could not be read");
    none(found.wide, "wider than the screen");
  });
  test(`as ${who}: no text is smaller than ${FONT_MIN_PX} pixels, in charts neither`, () => {
    assert.ok(found, "the pages could not be read");
    none(found.small, "small text");
  });
}
