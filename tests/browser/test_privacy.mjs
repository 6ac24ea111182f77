// Who sees what: a district its own figures and the city's; a commissioner no count of 1 to 5.

import assert from "node:assert/strict";
import { address, asRole } from "./browser.mjs";
import { parseCsv } from "./csv.mjs";
import { none, test } from "./check.mjs";
import { pagesOf } from "./pages.mjs";

const namesOfDistricts = (page) =>
  page.request.get(`${address}/api/v1/areas`).then(async (answer) => {
    const { items } = await answer.json();
    return items.filter((area) => area.level === "district");
  });

test("district: no page names another district", async () => {
  const all = await asRole("central", {}, namesOfDistricts);
  assert.equal(all.length, 10);
  await asRole("district", {}, async (page) => {
    await page.goto(`${address}/account`);
    const account = await page.locator("main dl").first().innerText();
    const others = all.filter((area) => !account.includes(area.name)).map((area) => area.name);
    assert.equal(others.length, 9);
    const found = [];
    for (const path of (await pagesOf(page, "district")).keys()) {
      await page.goto(address + path);
      const text = await page.evaluate(() => document.body.textContent);
      found.push(...others.filter((name) => text.includes(name)).map((name) => `${path}: ${name}`));
    }
    none(found, "others' names");
  });
});

test("district: the address of another district's figures is refused", async () => {
  const all = await asRole("central", {}, namesOfDistricts);
  await asRole("district", {}, async (page) => {
    await page.goto(`${address}/account`);
    const account = await page.locator("main dl").first().innerText();
    const { code } = all.find((area) => !account.includes(area.name));
    for (const path of [
      `/measures/contacts?area=${code}`,
      `/measures/contacts/figures.csv?area=${code}`,
      `/districts/${code}`,
      `/trace/contacts/${code}/2026-05`,
      `/api/v1/figures?measure=contacts&area=${code}`,
    ]) {
      const answer = await page.request.get(address + path);
      assert.equal(answer.status(), 403, path);
      assert.doesNotMatch(await answer.text(), /Stands on|numerator/, path);
    }
  });
});

// A count of 1 to 5; of FTE and days, which have decimals, whatever is above 0 and up to 5.
const isSmall = (text) =>
  text.includes(".") ? Number(text) > 0 && Number(text) <= 5 : /^[1-5]$/.test(text);
// A multiple of 5; of FTE and days a whole one.
const isRounded = (text) => Number(text) % (text.includes(".") ? 1 : 5) === 0;

// Every figure of every measure, as a file: by district and by the first breakdown.
const filesOf = (role) =>
  asRole(role, {}, async (page) => {
    const { items: measures } = await (await page.request.get(`${address}/api/v1/measures`)).json();
    const files = new Map();
    for (const measure of measures) {
      for (const query of ["?n=6", ...(measure.breakdowns).slice(0, 1).map((d) => `?n=6&breakdown=${d}`)]) {
        const path = `/measures/${measure.code}/figures.csv${query}`;
        const answer = await page.request.get(address + path);
        assert.equal(answer.status(), 200, path);
        files.set(path, { measure, lines: parseCsv(await answer.text()) });
      }
    }
    return files;
  });

test("commissioner: no file of any measure holds a count of 1 to 5, or an exact one", async () => {
  const exact = await filesOf("central");
  const shown = await filesOf("commissioner");
  const found = [];
  let n_small = 0;
  for (const [path, { measure, lines }] of shown) {
    if (measure.theme === "quality") continue; // rows of files, not people
    for (const [i, line] of lines.entries()) {
      const truth = exact.get(path).lines[i];
      const where = `${path}: ${line.area} ${line.period} ${line.category}`;
      assert.equal(`${line.area} ${line.period} ${line.category}`, `${truth.area} ${truth.period} ${truth.category}`);
      if (truth.status === "missing") continue;
      const small = [truth.numerator, measure.unit === "count" ? "" : truth.denominator].some(isSmall);
      n_small += small;
      if (small && line.value !== "c") found.push(`${where} is small and shown as ${line.value}`);
      if (line.shown === "exact" && Number(truth.numerator) !== 0) found.push(`${where} is exact`); // zero is shown
      if (line.numerator !== "" && !isRounded(line.numerator)) found.push(`${where}: ${line.numerator} is not rounded`);
    }
  }
  assert.ok(n_small > 20, `only ${n_small} small counts were tried`);
  none(found.slice(0, 10), `${found.length} faults`);
});

// Figures of a page: cells under the headings of counts, with what the row is.
const cellsOf = async (page, path) => {
  const answer = await page.goto(address + path);
  assert.equal(answer.status(), 200, path);
  return page.evaluate(() =>
    [...document.querySelectorAll("main table")].flatMap((table) => {
      const heads = [...table.rows[0].cells].map((cell) => cell.textContent.trim());
      return [...table.rows].slice(1).flatMap((row) =>
        [...row.cells]
          .map((cell, i) => ({ head: heads[i], row: row.cells[0].textContent.trim(), text: cell.textContent.trim() }))
          .filter((cell) => ["Value", "Numerator", "Denominator", "Figure"].includes(cell.head)),
      );
    }),
  );
};

const PAGES = ["/measures/section47_started?breakdown=age_band", "/measures/cpp_started", "/measures/icpc_in_15wd", "/measures/cases_unallocated"];

test("commissioner: where the central team's pages show a count of 1 to 5, c stands", async () => {
  const found = [];
  let n_small = 0;
  const exact = await asRole("central", {}, async (page) => {
    const all = new Map();
    for (const path of PAGES) all.set(path, await cellsOf(page, path));
    return all;
  });
  await asRole("commissioner", {}, async (page) => {
    for (const path of PAGES) {
      const cells = await cellsOf(page, path);
      assert.equal(cells.length, exact.get(path).length, path);
      for (const [i, cell] of cells.entries()) {
        const truth = exact.get(path)[i];
        assert.equal(cell.row, truth.row);
        if (/^[1-4]$/.test(cell.text)) found.push(`${path}: ${cell.row}: ${cell.head} ${cell.text}`); // 5: rounded
        if (!/^[1-5]$/.test(truth.text)) continue;
        n_small++;
        if (cell.text !== (cell.head === "Value" ? "c" : "")) found.push(`${path}: ${cell.row}: ${cell.head} "${cell.text}" for a small count`);
      }
      assert.match(await page.locator("main").innerText(), /\bc\b.*1 to 5|1 to 5.*\bc\b/s, `${path} explains c`);
    }
  });
  assert.ok(n_small >= 10, `only ${n_small} small counts were met`);
  none(found, "small counts");
});
