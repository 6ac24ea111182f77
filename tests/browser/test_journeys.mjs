// The questions that people come with, each asked twice: as most do, and without JavaScript.
// Nobody is told an address: every journey starts at the first page and follows links.

import assert from "node:assert/strict";
import { address, contextOf, newContext, signIn } from "./browser.mjs";
import { parseCsv } from "./csv.mjs";
import { test } from "./check.mjs";

const WAYS = [
  { words: "", options: {} },
  { words: ", without JavaScript", options: { javaScriptEnabled: false } },
];

// use(page) starts at the first page, as that role.
const journey = (role, sentence, use) => {
  for (const way of WAYS) {
    test(`${role}: ${sentence}${way.words}`, async () => {
      const context = await contextOf(role, way.options);
      try {
        const page = await context.newPage();
        await page.goto(`${address}/`);
        await use(page, way);
      } finally {
        await context.close();
      }
    });
  }
};

const textOf = async (page, selector = "main") => (await page.locator(selector).innerText()).replace(/\s+/g, " ");
const follow = async (page, link) => {
  await link.click();
  await page.waitForLoadState("load");
};
const menu = (page, name) => page.getByRole("navigation", { name: "Menu" }).getByRole("link", { name, exact: true });

// The cells of a table, rows of text; `caption`: part of its caption or of its region's label.
const tableOf = (page, caption) =>
  page.evaluate((wanted) => {
    const all = [...document.querySelectorAll("main table")];
    const table = all.find((t) =>
      `${t.caption?.textContent ?? ""} ${t.closest("[aria-label]")?.getAttribute("aria-label") ?? ""}`.includes(wanted),
    );
    if (!table) return null;
    return [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.replace(/\s+/g, " ").trim()));
  }, caption);

// ---- coming in

for (const way of WAYS) {
  test(`somebody signs in and comes to the page that was asked for${way.words}`, async () => {
    const context = await newContext(way.options);
    try {
      const page = await context.newPage();
      await page.goto(`${address}/received?n=6`);
      assert.equal(new URL(page.url()).pathname, "/sign-in");
      await page.getByLabel("Account name").fill("central");
      await page.getByLabel("Password").fill("not the password");
      await page.getByRole("button", { name: "Sign in" }).click();
      assert.match(await textOf(page), /There is a problem.*account name or the password is not right/i);
      await page.getByLabel("Password").fill(process.env.DASHBOARD_PASSWORD);
      await page.getByRole("button", { name: "Sign in" }).click();
      assert.equal(page.url(), `${address}/received?n=6`);
      assert.equal(await page.locator("h1").innerText(), "Data received");
    } finally {
      await context.close();
    }
  });

  test(`whoever signs out is out: the back button shows no figure${way.words}`, async () => {
    const context = await newContext(way.options);
    try {
      const page = await context.newPage();
      await signIn(page, "central");
      await page.goto(`${address}/measures/caseload`);
      await page.getByRole("button", { name: "Sign out" }).click();
      assert.match(await textOf(page), /You have signed out/);
      await page.goBack();
      await page.waitForLoadState("load");
      assert.equal(new URL(page.url()).pathname, "/sign-in");
      assert.doesNotMatch(await page.content(), /Casey|Stands on/);
      await page.goto(`${address}/measures/caseload`);
      assert.equal(new URL(page.url()).pathname, "/sign-in");
    } finally {
      await context.close();
    }
  });
}

// ---- which district is late, and since when

journey("central", "which district is late, and since when, stands on the first page", async (page) => {
  const status = await textOf(page, ".drs-status");
  assert.match(status, /9 of 10 received for \w+ \d{4}; [A-Z][\w ]+ last sent \d+ \w+ \d{4}, \d\d:\d\d/);
  const late = /; (.+) last sent/.exec(status)[1];
  assert.match(await textOf(page), new RegExp(`${late} has not reported for \\w+ \\d{4}: due by \\d+ \\w+ \\d{4}`));
  await follow(page, page.getByRole("link", { name: /^9 of 10 received/ })); // one click
  assert.match(await textOf(page), new RegExp(`${late}, \\w+ \\d{4} .*has not come, due \\d+ \\w+ \\d{4}, \\d+ days ago`));
});

// ---- is the city's caseload for each worker rising

journey("central", "whether the city's caseload is rising is said in words, one click away", async (page) => {
  await follow(page, page.getByRole("link", { name: "Cases for each case holder", exact: true }).first());
  assert.equal(await page.locator("h1").innerText(), "Cases for each case holder");
  const text = await textOf(page);
  assert.match(text, /Birmingham, \w+ \d{4}/);
  assert.match(text, /\d+\.\d \(.+ of .+\)/); // with numerator and denominator
  assert.match(text, /Change .*(up|down|no change|not comparable)/i);
  assert.match(text, /Usual range .*(within|above|below|not judged)/i);
  assert.match(text, /9 of 10 districts/);
});

// ---- whose re-referrals stand out, and is that more than chance

journey("central", "whose re-referrals stand out, and whether by more than chance, is two clicks away", async (page) => {
  await follow(page, page.getByRole("link", { name: "Re-referrals within 12 months", exact: true }).first());
  const rows = await tableOf(page, "Districts side by side");
  assert.ok(rows, "a table of districts");
  const verdicts = rows.slice(1).map((row) => row[rows[0].indexOf("Against the city")]);
  assert.equal(verdicts.length, 10);
  assert.equal(verdicts.filter((v) => /^(much )?(similar|better|worse|higher|lower)$/.test(v)).length, 9); // one owes it
  const text = await textOf(page);
  assert.match(text, /is it more than chance\?/);
  assert.match(text, /By chance alone about \d+(\.\d+)? of 9 districts would be beyond the 95% limit/);
  const outside = /No district differs from the others by more than chance|(is|are) (above|below|beyond|outside|higher|lower)/;
  assert.match(text, outside);
});

// ---- how sure is this number, and where did it come from

journey("central", "a number can be followed to the signed reports of the districts behind it", async (page) => {
  await follow(page, page.getByRole("link", { name: "Contacts", exact: true }).first());
  const number = page.locator("main dl a[href^='/trace/']").first();
  const shown = await number.innerText();
  await follow(page, number);
  const text = await textOf(page);
  assert.match(await page.locator("h1").innerText(), /^Follow a number: Contacts/);
  assert.match(text, new RegExp(`Figure ${shown} `));
  assert.match(text, /Stands on 9 of 10 districts/);
  assert.match(text, /every signature, digest and agent is right\. They add up to the figure\./);
  const rows = await tableOf(page, "Reports");
  const value = rows[0].indexOf("Numerator") < 0 ? rows[0].indexOf("Value") : rows[0].indexOf("Numerator");
  const sum = rows.slice(1).reduce((total, row) => total + Number(row[value].replaceAll(",", "")), 0);
  assert.equal(sum, Number(shown.replaceAll(",", "")));
  assert.equal(rows.slice(1).filter((row) => row.at(-1) === "signature and digest right").length, 9);
  await follow(page, page.locator("main a[href^='/received/reports']").first());
  assert.match(await textOf(page), /Reports of [A-Z].+ for .+ final \d+ \w+ \d{4} \d+ \d+ /); // rows read, rows rejected
});

// ---- the same in a spreadsheet

const download = async (page, link) => {
  const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
  let text = "";
  for await (const chunk of await file.createReadStream()) text += chunk;
  return parseCsv(text);
};

journey("central", "the file of a measure holds the figures that its page shows", async (page) => {
  await follow(page, page.getByRole("link", { name: "Contacts", exact: true }).first());
  const shown = (await tableOf(page, "Figures over time")).slice(1).map((row) => row[1]);
  const districts = (await tableOf(page, "Districts side by side")).slice(1).map((row) => row[1]);
  const lines = await download(page, page.getByRole("link", { name: /^Download these figures/ }).first());
  const written = (line) => (line.status === "missing" ? "no data" : Number(line.value).toLocaleString("en-GB"));
  const city = lines.filter((line) => line.area === "birmingham").map(written).reverse();
  assert.deepEqual(city, shown);
  const last = lines.at(-1).period;
  const newest = lines.filter((line) => line.period === last && line.area !== "birmingham").map(written);
  assert.deepEqual(newest, districts);
  assert.ok(shown.filter((text) => /^\d/.test(text)).length >= 12, "a year of figures");
});

journey("commissioner", "the file of the city holds the protected figures of its table", async (page) => {
  const rows = await tableOf(page, "Headline figures by district");
  assert.ok(rows, "the table of districts");
  const lines = await download(page, page.getByRole("link", { name: /^Download this table/ }));
  const shown = rows.slice(2).flatMap((row) => row.slice(1).map((cell) => cell.split(" ")[0].replace("%", "")));
  const written = lines.map((l) => (l.value === "" ? "no" : l.value === "c" ? "c" : Number(l.value).toLocaleString("en-GB", { minimumFractionDigits: 1 })));
  assert.deepEqual(shown, written);
  assert.ok(lines.every((line) => line.value === "" || ["rounded", "suppressed"].includes(line.shown)));
});

// ---- on paper

for (const path of ["/", "/measures/caseload", "/received"]) {
  test(`on paper ${path} has no menu and no form, but says what it shows and of which day`, async () => {
    const context = await contextOf("central");
    try {
      const page = await context.newPage();
      await page.goto(address + path);
      await page.emulateMedia({ media: "print" });
      for (const gone of ["nav[aria-label='Menu']", ".drs-filters", ".govuk-skip-link", ".drs-user"])
        assert.equal(await page.locator(gone).first().isVisible(), false, `${gone} is printed`);
      const head = await textOf(page, ".drs-print");
      assert.match(head, /Figures received up to \d+ \w+ \d{4}, \d\d:\d\d\./);
      assert.match(head, /Shown: .*\w+ \d{4}/);
      assert.match(head, /Page made \d+ \w+ \d{4}/);
      const pdf = await page.pdf({ format: "A4" });
      assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
      assert.ok(pdf.length > 10000);
    } finally {
      await context.close();
    }
  });
}

// ---- place and period go along

journey("central", "place and period stay while going from page to page", async (page, way) => {
  await follow(page, page.getByRole("link", { name: "Contacts", exact: true }).first());
  await page.getByLabel("Area", { exact: true }).selectOption({ label: "Yardley" });
  await page.getByLabel("How many").selectOption("12");
  await follow(page, page.getByRole("button", { name: "Show" }));
  assert.match(await textOf(page), /Yardley, \w+ \d{4}/);
  await follow(page, menu(page, "Data received"));
  assert.equal(new URL(page.url()).searchParams.get("area"), "yardley");
  await follow(page, menu(page, "Measures"));
  await follow(page, page.locator("main a[href^='/measures/referrals?']").first());
  assert.equal(new URL(page.url()).searchParams.get("area"), "yardley");
  assert.equal(new URL(page.url()).searchParams.get("n"), "12");
});
