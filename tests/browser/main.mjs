// Runs the tests against the city at DASHBOARD. Started by run.sh.

import { close, settled } from "./browser.mjs";
import { runAll } from "./check.mjs";
import "./test_journeys.mjs";
import "./test_signals.mjs";
import "./test_privacy.mjs";
import "./test_keyboard.mjs";
import "./test_pages.mjs";

await settled();
const passed = await runAll();
await close();
process.exit(passed ? 0 : 1);
