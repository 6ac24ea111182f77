// One Chromium for all tests; one signed-in context per role; and a watch on every page: what its
// console says, what it cannot load, what it asks of other origins, what its policy refuses.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const require = createRequire(`${process.env.BROWSER_MODULES}/`);
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const address = process.env.DASHBOARD;
const password = process.env.DASHBOARD_PASSWORD;
const SETTLE_MS = 120000;
const STEP_MS = 15000; // a sanitizer build on a busy machine; a step that takes longer hangs

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
export const close = () => browser.close();

// A browser of somebody's own. kind: options of the context, and axe: true to bring axe-core along.
export const newContext = async ({ axe = false, ...options } = {}) => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: "en-GB",
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(STEP_MS);
  if (options.javaScriptEnabled !== false) {
    await context.addInitScript(() => {
      window.refusedByPolicy = [];
      addEventListener("securitypolicyviolation", (e) =>
        window.refusedByPolicy.push(`${e.violatedDirective}: ${e.blockedURI} ${e.sample}`),
      );
    });
  }
  if (axe) await context.addInitScript(axeSource);
  return context;
};

// What goes wrong on a page that nobody looks at: `faults` fills as it is used. An answer of
// 400 or more is a fault, unless `expected` holds it.
export const watch = (page, expected = []) => {
  const faults = [];
  const note = (text) => faults.push(`${page.url()}: ${text}`);
  page.on("console", (message) => {
    const isStatus = /status of (\d+)/.exec(message.text());
    if (["error", "warning"].includes(message.type()) && !expected.includes(Number(isStatus?.[1])))
      note(`console says: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`script fails: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${address}/`)) note(`asks another origin: ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText;
    if (why !== "net::ERR_ABORTED") note(`request fails: ${request.url()} (${why})`); // a download is
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !expected.includes(response.status()))
      note(`${response.url()} answers ${response.status()}`);
  });
  return faults;
};
export const refusedByPolicy = (page) => page.evaluate(() => window.refusedByPolicy ?? []);

export const signIn = async (page, name) => {
  await page.goto(`${address}/sign-in`);
  await page.getByLabel("Account name").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
};

// Each role signs in once; later contexts get its cookies.
const cookies = new Map();
export const contextOf = async (role, options = {}) => {
  if (!cookies.has(role)) {
    const first = await newContext();
    await signIn(await first.newPage(), role);
    cookies.set(role, await first.storageState());
    await first.close();
  }
  return newContext({ ...options, storageState: cookies.get(role) });
};
// A page of that role, closed with its context after use(page).
export const asRole = async (role, options, use) => {
  const context = await contextOf(role, options);
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
};

// Signals are worked out after the reports are in: waits until the first page has one.
export const settled = () =>
  asRole("central", {}, async (page) => {
    const patience = Date.now() + SETTLE_MS;
    do await page.goto(`${address}/`);
    while ((await page.locator("main a[href^='/signals/']").count()) === 0 && Date.now() < patience);
  });

const WCAG = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
// Violations of WCAG 2.2 A and AA on the page as it is now, each as one line.
export const axe = async (page) => {
  const found = await page.evaluate(
    (tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }),
    WCAG,
  );
  return found.violations.flatMap((v) =>
    v.nodes.map((node) => `${v.id}: ${v.help}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}`),
  );
};
