// The keys of the queue and of lists. The current row carries `aria-current`; focus follows it, so a screen reader
// does too. A key presses the row's own button, so keys can do nothing that a pointer cannot.

const ACTS = { d: "done", s: "skip", z: "snooze", h: "hand-on", g: "good", n: "neutral", x: "noise", a: "assign" };

const rows = () =>
  [...document.querySelectorAll(".task:not(.is-leaving, .is-gone), [data-row]")].filter((row) => row.offsetParent !== null);
const current = () => document.querySelector(".task[aria-current], [data-row][aria-current]");

const mark = (row, { focus = true } = {}) => {
  document.querySelectorAll(".task[aria-current], [data-row][aria-current]").forEach((other) => {
    if (other !== row) other.removeAttribute("aria-current");
  });
  if (!row) return;
  row.setAttribute("aria-current", "true");
  document.dispatchEvent(new CustomEvent("row:current", { detail: { row } }));
  if (!focus) return;
  row.tabIndex = -1;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const move = (by) => {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(current());
  const more = document.querySelector("#queue a.more");
  if (by > 0 && more && at === all.length - 1) {
    more.focus();
    more.scrollIntoView({ block: "nearest" });
    return;
  }
  mark(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)]);
};

const press = (selector) => {
  const row = current() || rows()[0];
  const button = row?.querySelector(selector);
  if (!button || button.disabled) return false;
  if (row !== current()) mark(row);
  button.click();
  const menu = button.getAttribute("popovertarget");
  if (menu) document.getElementById(menu)?.querySelector("button, input, select, a")?.focus();
  return true;
};
const act = (name) => press(`button[name="do"][value="${name}"], [data-act="${name}"]`);

// The task's own page: 1 to 6 say how it went as in the queue; a meeting asks for its day.
const onTask = (key) => {
  const button = document.querySelector(`.task-page [data-number="${key}"]`);
  if (!button) return false;
  if (button.matches("input")) button.focus();
  else button.click();
  return true;
};

// What only the queue has: 1 to 6 say how it went, `e` writes the note, `b` chooses the row and `B` leads to what can be
// done with those chosen, `o` opens the task, `c` calls, `v` leads to the views.
const inQueue = (key) => {
  if (/^[1-6]$/.test(key) && document.querySelector(".task-page")) return onTask(key);
  if (!document.querySelector("#queue")) return false;
  const row = current() || rows()[0];
  if (/^[1-6]$/.test(key)) return press(`.went button:nth-of-type(${key})`);
  if (key === "Z") return openSnooze(row);
  if (key === "B") return focused(document.querySelector("#batch:not([hidden]) button"));
  if (key === "v") return focused(document.querySelector("[data-views] [aria-current]") || document.querySelector("[data-views] a"));
  if (key === "b") return clicked(row?.querySelector("input[name=pick]"));
  if (key === "o") return clicked(row?.querySelector(".task-title"));
  if (key === "c") return clicked(document.querySelector("[data-key=c]"));
  if (key === "e") {
    const note = row?.querySelector("input[name=note]");
    if (row !== current()) mark(row);
    note?.focus();
    return Boolean(note);
  }
  return false;
};
const focused = (element) => {
  element?.focus();
  return Boolean(element);
};
const clicked = (element) => {
  element?.click();
  return Boolean(element);
};
const openSnooze = (row) => {
  const button = row?.querySelector("button[value=snooze]");
  if (!button) return false;
  button.dataset.menu = "snooze-menu";
  button.click();
  delete button.dataset.menu;
  return true;
};

const typing = (target) => target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target)) return;
  const open = document.querySelector("[popover]:popover-open:not(#nav)");
  const key = event.key;
  if (key === "?") {
    document.getElementById("keys")?.togglePopover();
  } else if (open) {
    const choice = open.matches("[data-row-menu]") && /^[1-9]$/.test(key) && open.querySelector(`.link-btn:nth-of-type(${key})`);
    if (!choice) return;
    choice.click();
  } else if (key === "j" || key === "k") {
    move(key === "j" ? 1 : -1);
  } else if (key === "u") {
    const undo = [...document.querySelectorAll("#toasts button[name=undo]")].pop();
    if (!undo) return;
    undo.click();
  } else if (key === "/") {
    const search = document.querySelector("main input[type=search]");
    if (!search) return;
    search.focus();
    search.select();
  } else if (key === "Enter" && event.target === current()) {
    const link = current().querySelector("h2 a, h3 a, th a");
    if (!link) return;
    link.click();
  } else if (!inQueue(key) && (!(key in ACTS) || !act(ACTS[key]))) {
    return;
  }
  event.preventDefault();
});

// Where a row stood: when a swap takes the current row away, the one that moved into its place becomes current.
let place = 0;
const remember = () => {
  const at = rows().indexOf(current());
  if (at >= 0) place = at;
};
const settle = () => {
  const all = rows();
  if (!all.length || current()) return;
  const hadFocus = document.activeElement === document.body || document.activeElement === null;
  mark(all[Math.min(place, all.length - 1)], { focus: hadFocus });
};
document.addEventListener("htmx:beforeSwap", remember);
// A row that is being done: the next becomes current before the server has answered.
document.addEventListener("queue:leave", (event) => {
  if (event.detail.row !== current()) return;
  const all = [...document.querySelectorAll(".task:not(.is-gone)")].filter((row) => row.offsetParent !== null);
  const at = all.indexOf(event.detail.row);
  const next = all.slice(at + 1).find((row) => !row.matches(".is-leaving")) || all.slice(0, at).reverse().find((row) => !row.matches(".is-leaving"));
  if (next) mark(next);
});
document.addEventListener("queue:mark", (event) => mark(document.getElementById(event.detail.id)));
document.addEventListener("htmx:afterSettle", () => document.querySelector(".task") && settle());
document.addEventListener("live:fresh", () => document.querySelector(".task") && settle());
document.addEventListener("focusin", (event) => {
  const row = event.target.closest(".task, [data-row]");
  if (row) mark(row, { focus: false });
});

// Who comes back to the queue from a task or a form goes on where they were.
const KEPT = "queue:current";
addEventListener("pagehide", () => {
  if (document.querySelector("#queue")) sessionStorage.setItem(KEPT, JSON.stringify([current()?.id || "", Math.max(rows().indexOf(current()), 0)]));
});
const comeBack = () => {
  const [id, before] = JSON.parse(sessionStorage.getItem(KEPT) || '["", 0]');
  const all = rows();
  const row = id && (document.getElementById(id) || all[Math.min(before, all.length - 1)]);
  mark(row || all[0], { focus: false });
  if (row && row !== all[0]) row.scrollIntoView({ block: "nearest" });
};
if (document.querySelector("#queue .task") && !current()) comeBack();
else if (document.querySelector(".task") && !current()) mark(rows()[0], { focus: false });
