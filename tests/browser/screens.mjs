// Pictures of the pages for the README: node screens.mjs FOLDER, started by run.sh. As the central
// team at 1280 pixels, a few at 320; cut at MAX_PX, each below MAX_BYTES.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { address, asRole, close, newContext, settled } from "./browser.mjs";

const MAX_PX = 1600;
const MAX_BYTES = 200000;
const folder = process.argv[2];

const shoot = async (page, name) => {
  await page.evaluate(() => document.fonts.ready);
  const size = await page.evaluate(() => ({
    width: document.documentElement.clientWidth,
    height: document.documentElement.scrollHeight,
  }));
  for (let height = Math.min(size.height, MAX_PX); ; height = Math.floor(height * 0.8)) {
    const png = await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width: size.width, height } });
    if (png.length > MAX_BYTES && height > 400) continue;
    await writeFile(join(folder, `${name}.png`), png);
    console.log(`${name}.png ${size.width} × ${height}, ${Math.ceil(png.length / 1000)} kB`);
    return;
  }
};

// Name of the picture, where its page is; a function finds what only this city knows.
const firstLink = (selector) => async (page) => {
  await page.goto(`${address}/`);
  return page.locator(selector).first().getAttribute("href");
};
const WIDE = {
  city: "/",
  measures: "/measures",
  measure: "/measures/assessments_in_45wd",
  districts: "/districts",
  district: "/districts/yardley",
  received: "/received",
  signals: "/signals",
  signal: firstLink("main a[href^='/signals/']"),
  plan: "/plan",
  "follow-a-number": async (page) => {
    await page.goto(`${address}/measures/contacts`);
    return page.locator("main dl a[href^='/trace/']").first().getAttribute("href");
  },
  dictionary: "/dictionary/assessments_in_45wd",
  downloads: "/downloads",
  help: "/help",
};
const NARROW = { "city-320": "/", "measure-320": "/measures/caseload", "received-320": "/received" };

await settled();
await mkdir(folder, { recursive: true });
const shootAll = (pages, width) =>
  asRole("central", { viewport: { width, height: 900 }, deviceScaleFactor: 1 }, async (page) => {
    for (const [name, where] of Object.entries(pages)) {
      const answer = await page.goto(address + (typeof where === "string" ? where : await where(page)));
      if (answer.status() !== 200) throw new Error(`${page.url()} answers ${answer.status()}`);
      await shoot(page, name);
    }
  });
await shootAll(WIDE, 1280);
await shootAll(NARROW, 320);
await asRole("admin", {}, async (page) => {
  for (const name of ["accounts", "audit-log"]) {
    await page.goto(`${address}/${name}`);
    await shoot(page, name);
  }
});
const nobody = await newContext();
const page = await nobody.newPage();
await page.goto(`${address}/sign-in`);
await shoot(page, "sign-in");
await close();
