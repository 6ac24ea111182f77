// Lines of a CSV file as objects by its headings.
export const parseCsv = (text) => {
  const [heads, ...lines] = text
    .replace(/^\uFEFF/, "")
    .trim()
    .split(/\r?\n/) // no field of these files holds a line end
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((m) => m[1].replace(/^"|"$/g, "").replaceAll('""', '"')),
    );
  return lines.map((line) => Object.fromEntries(heads.map((head, i) => [head, line[i]])));
};
