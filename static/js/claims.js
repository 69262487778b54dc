// Whoever works on a task holds it: `data-claim` is where to ask. With `data-claim-auto` the page holds it as long as it
// is open; a row of the queue is held once its number, address or note is used, and let go when one moves on.

const RENEW = 60000;
const headers = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");
const post = (url, options = {}) => fetch(url, { method: "POST", headers: headers(), credentials: "same-origin", ...options });

let held = null;
let timer;

const note = (place, text) => {
  const line = place.querySelector("[data-claim-note]");
  if (line) line.textContent = text;
  else if (text) document.getElementById("announce").textContent = text;
};

const ask = async () => {
  if (!held?.isConnected) return letGo();
  if (document.hidden) return;
  try {
    const answer = await post(held.dataset.claim);
    if (answer.status === 409) {
      note(held, await answer.text());
      held.classList.add("is-held");
    } else if (answer.ok) {
      held.classList.remove("is-held");
    }
  } catch {
    // The lease is longer than a lost request.
  }
};

const hold = (place) => {
  if (held === place) return;
  letGo();
  held = place;
  ask();
  timer = setInterval(ask, RENEW);
};

const letGo = () => {
  clearInterval(timer);
  const before = held;
  held = null;
  if (!before?.dataset.claim) return;
  const url = before.dataset.release || before.dataset.claim.replace(/claim\/$/, "release/");
  post(url, { keepalive: true }).catch(() => {});
};

const auto = () => {
  const place = document.querySelector("[data-claim-auto][data-claim]:not([hidden])");
  if (place?.dataset.claim) hold(place);
};
auto();
document.addEventListener("htmx:afterSettle", auto);

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".task[data-claim]");
  if (row && event.target.closest("a[href^='tel:'], a[href^='mailto:']")) hold(row);
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.(".task[data-claim]");
  if (row && event.target.matches("input[name=note]")) hold(row);
  else if (held?.matches(".task") && row && row !== held) letGo();
});
addEventListener("pagehide", letGo);
document.addEventListener("visibilitychange", () => document.hidden || ask());
