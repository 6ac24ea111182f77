// What the pages gain with script; without it everything works all the same. Nothing here makes
// HTML out of text: Trusted Types are on.

const body = document.body;
body.classList.add("js-enabled", "govuk-frontend-supported");

// ---- new figures: ask once a minute while somebody is looking, offer to load the page again

const EVERY_MS = 60000;
const IDLE_MS = 10 * 60000; // after this a tab that nobody uses asks no more, and may be signed out
let touched = Date.now();
for (const event of ["pointerdown", "keydown", "scroll"]) {
  addEventListener(event, () => (touched = Date.now()), { passive: true });
}

const offerReload = () => {
  const notice = document.createElement("p");
  const link = document.createElement("a");
  notice.className = "govuk-body drs-reload";
  notice.setAttribute("role", "status");
  notice.append("New figures have come in. ");
  link.className = "govuk-link";
  link.href = location.href;
  link.textContent = "Load the page again";
  notice.append(link);
  document.getElementById("main-content").prepend(notice);
};

const look = async () => {
  if (document.hidden || Date.now() - touched > IDLE_MS) return;
  try {
    const answer = await fetch("/stamp", { credentials: "same-origin", redirect: "error" });
    if (answer.ok && (await answer.text()).trim() !== body.dataset.stamp) {
      clearInterval(timer);
      offerReload();
    }
  } catch {
    // away: ask again the next time
  }
};
const timer = body.dataset.stamp === undefined ? 0 : setInterval(look, EVERY_MS);

// ---- printing: a button in the foot, and all details open on paper

const foot = document.querySelector(".drs-foot p:last-child");
if (foot && body.dataset.stamp !== undefined) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "govuk-button govuk-button--secondary drs-no-print drs-foot__print";
  button.textContent = "Print this page";
  button.addEventListener("click", () => print());
  foot.after(button);
}

let opened = [];
addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details[data-print]:not([open])")];
  for (const details of opened) details.open = true;
});
addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});

// ---- error summary: where the reader should be

const summary = document.querySelector(".govuk-error-summary");
if (summary) {
  summary.tabIndex = -1;
  summary.focus();
}
