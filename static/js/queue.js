// The queue under the hand: one menu for all rows, the next row before the server has answered, rows that others closed
// fade out with a word, several rows at once. Everything here presses buttons that work without it.

const rowOf = (element) => element?.closest?.(".task") || null;
const say = (text) => {
  const announce = document.getElementById("announce");
  if (announce && text) announce.textContent = text;
};

// Menus that stand outside of the queue, so that no refresh closes them; `asking` is the row that opened one.
let asking = null;
const menuOf = (button) => document.getElementById(button.dataset.menu);

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button[data-menu]");
    const menu = button && menuOf(button);
    if (!menu || !window.htmx) return;
    event.preventDefault();
    event.stopPropagation();
    asking = rowOf(button);
    // A row that is still here after its menu was sent was refused: what was typed for it stays.
    const again = menu.dataset.sentFor === asking?.id;
    if (!again) menu.reset();
    const when = menu.querySelector("input[name=meeting_at]");
    if (when && !again) when.value = tomorrowAt(10);
    menu.showPopover({ source: button });
    menu.querySelector("button, input, select")?.focus();
  },
  true,
);

const tomorrowAt = (hour) => {
  const day = new Date(Date.now() + 86400000);
  const two = (number) => String(number).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}T${two(hour)}:00`;
};

document.addEventListener("submit", (event) => {
  const menu = event.target.closest?.("[data-row-menu]");
  if (!menu) return;
  event.preventDefault();
  const row = asking?.isConnected ? asking : document.getElementById(asking?.id || "");
  const form = row?.querySelector("form.acts");
  if (form) {
    const values = Object.fromEntries(new FormData(menu, event.submitter));
    window.htmx.ajax("POST", form.action, { source: form, target: row, swap: "outerHTML", values });
  }
  menu.dataset.sentFor = row?.id || "";
  menu.hidePopover();
});

// The row under way is greyed, and the next one is current at once; where the server could not be reached it comes back.
const leaving = (event) => {
  const row = rowOf(event.detail.elt);
  return row && event.detail.elt.matches("form.acts") ? row : null;
};
document.addEventListener("htmx:beforeRequest", (event) => {
  const row = leaving(event);
  if (!row) return;
  row.classList.add("is-leaving");
  document.dispatchEvent(new CustomEvent("queue:leave", { detail: { row } }));
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, (event) => leaving(event)?.classList.remove("is-leaving"));
}

// Undo from a message puts the queue back without leaving the page; the row that returns is current.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const found = form.closest?.("#toasts") && /^\/tasks\/(\d+)\/undo\/$/.exec(new URL(form.action).pathname);
  const queue = document.getElementById("queue");
  if (!found || !queue || !window.htmx) return;
  event.preventDefault();
  const values = Object.fromEntries(new FormData(document.getElementById("queue-state")));
  form.closest(".toast").remove();
  window.htmx.ajax("POST", form.action, { target: queue, swap: "outerHTML", values }).then(() => {
    document.dispatchEvent(new CustomEvent("queue:mark", { detail: { id: `task-${found[1]}` } }));
  });
});

// Rows that left while nobody here pressed anything: what became of them, in words, before they go.
document.addEventListener("live:gone", async (event) => {
  const { rows, region } = event.detail;
  const ids = rows.map((row) => row.dataset.task).filter(Boolean);
  if (!ids.length || !region.dataset.goneUrl) return;
  let words = {};
  try {
    const answer = await fetch(`${region.dataset.goneUrl}?ids=${ids.join(",")}`, { credentials: "same-origin" });
    if (answer.ok) words = await answer.json();
  } catch {
    // The row goes all the same.
  }
  for (const row of rows) {
    const said = words[row.dataset.task] || "No longer in this queue.";
    const note = row.querySelector(".gone-note");
    if (note) note.textContent = said;
    say(`${row.querySelector("h3")?.textContent || ""}: ${said}`);
  }
});

// Details of the current row and of those after it, before one gets there.
const AHEAD = 6;
const fetched = new Set();
const detail = async (row) => {
  const queue = document.getElementById("queue");
  const all = [...(queue?.querySelectorAll(".task") || [])];
  const near = all.slice(all.indexOf(row), all.indexOf(row) + AHEAD);
  if (!near.slice(0, 3).some((one) => one.querySelector("[data-detail]"))) return;
  const ids = near.filter((one) => one.querySelector("[data-detail]") && !fetched.has(one.dataset.task)).map((one) => one.dataset.task);
  if (!ids.length) return;
  ids.forEach((id) => fetched.add(id));
  try {
    const answer = await fetch(`${queue.dataset.detailsUrl}?ids=${ids.join(",")}`, { credentials: "same-origin", headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const came = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const one of came.querySelectorAll(".detail[id]")) {
      const place = document.getElementById(one.id);
      if (!place?.hasAttribute("data-detail")) continue;
      const node = document.importNode(one, true);
      place.replaceWith(node);
      window.htmx?.process(node);
    }
  } finally {
    ids.forEach((id) => fetched.delete(id));
  }
};
document.addEventListener("row:current", (event) => event.detail.row.matches(".task") && detail(event.detail.row));

// Choosing several.
const bar = () => document.getElementById("batch");
const picks = () => [...document.querySelectorAll("#queue input[name=pick]")];
let last = null;
const show = () => {
  const form = bar();
  if (!form) return;
  const chosen = picks().filter((box) => box.checked);
  form.hidden = chosen.length === 0;
  form.querySelector("[data-pick-count]").textContent = `${chosen.length} chosen`;
};
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("#queue input[name=pick]")) return;
  const all = picks();
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});
document.addEventListener("change", (event) => event.target.matches?.("#queue input[name=pick]") && show());
document.addEventListener("reset", (event) => event.target === bar() && setTimeout(show));
document.addEventListener("htmx:afterSettle", show);
document.addEventListener("live:fresh", show);
show();

// Filters apply when they are chosen.
document.querySelector(".queue-filters")?.addEventListener("change", (event) => {
  if (event.target.matches("select, input[type=checkbox]")) event.currentTarget.requestSubmit();
});
