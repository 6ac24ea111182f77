// A test is a sentence and a function; all run one after the other, so that each finds what the
// ones before it left. The last line is what tests/run.sh reads.

import assert from "node:assert/strict";

const tests = [];
export const test = (sentence, run) => tests.push({ sentence, run });

// Fails with the list of what should not be there.
export const none = (list, what) => assert.equal(list.length, 0, `${what}:\n    ${list.join("\n    ")}`);

export const runAll = async () => {
  const only = process.env.ONLY ?? "";
  let passed = 0;
  let failed = 0;
  for (const { sentence, run } of tests) {
    if (!sentence.includes(only)) continue;
    const began = Date.now();
    try {
      await run();
      passed++;
      console.log(`ok      ${sentence} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${sentence}\n  ${error.stack}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0;
};
