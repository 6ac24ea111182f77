// Which pages a role comes to: those of its menu, what these link to, and some that are met by
// mistake. Of pages that differ only in which measure, area or signal they show, two; one for roles
// that see the same pages as the central team with other figures.

import { address } from "./browser.mjs";

const NOT_PAGES = /\.(csv|html|yaml|json)$|^\/(sign-out|assets|api|metrics|healthz|plan\/pack)/;
const SAME_KIND = ["area", "period", "n", "desc", "district", "month", "dataset", "category"];

// Pages of one kind have one key: "/measures/*", "/trace/*/*/*?dimension".
const kindOf = (url) => {
  const [first, ...rest] = url.pathname.split("/").filter((part) => part !== "");
  const names = [...new Set(url.searchParams.keys())].filter((name) => !SAME_KIND.includes(name));
  return [`/${first ?? ""}`, ...rest.map(() => "*")].join("/") + names.sort().map((name) => `?${name}`).join("");
};

// Also inside SVG, whose href is no string.
const linksOf = (page, where) =>
  page.$$eval(`${where} a[href]`, (anchors) =>
    anchors.map((a) => new URL(a.getAttribute("href"), location.href).href).filter((href) => !href.includes("#")),
  );

const READERS = [
  "/measures/referrals?breakdown=age_band",
  "/measures/referrals?by=quarter&n=6",
  "/measures/caseload",
  "/?known-on=2020-01-01", // before anything was known
];
const EVERYBODY = ["/account", "/account/password", "/help", "/sign-in"];
const NOBODY = ["/sign-in", "/sign-in?signed-out=1", "/help", "/set-up/no-such-token", "/no-such-page"];
const MISTAKES = ["/no-such-page", "/measures/no-such-measure", "/measures/referrals?period=2026-13", "/trace/a/b/c"];

const addLinks = (found, counts, links, thorough) => {
  for (const link of links) {
    const url = new URL(link);
    const kind = kindOf(url);
    const n = counts.get(kind) ?? 0;
    if (url.origin !== address || NOT_PAGES.test(url.pathname)) continue;
    if (n >= (thorough && kind.includes("*") ? 2 : 1) || found.has(url.pathname + url.search)) continue;
    if (!thorough && kind.includes("?")) continue;
    counts.set(kind, n + 1);
    found.set(url.pathname + url.search, { first: n === 0, mistake: false });
  }
};

// A map of paths, those of the menu first. first: the first of its kind; mistake: it answers 400,
// 403 or 404. role "" is nobody.
export const pagesOf = async (page, role) => {
  const found = new Map();
  const counts = new Map();
  const thorough = role === "central";
  const one = (path, mistake) => found.set(path, { first: true, mistake });
  if (role === "") {
    for (const path of NOBODY) one(path, path.includes("no-such"));
    return found;
  }
  await page.goto(`${address}/help`);
  addLinks(found, counts, await linksOf(page, "nav"), true);
  for (const path of [...found.keys(), ...(found.has("/measures") ? READERS : [])]) {
    if (!found.has(path)) one(path, false);
    await page.goto(address + path);
    addLinks(found, counts, await linksOf(page, "body"), thorough);
  }
  for (const path of EVERYBODY) one(path, false);
  for (const path of MISTAKES) one(path, true);
  return found;
};
