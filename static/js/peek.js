// A look at a row without leaving the list, where there is room for it: a press on the row (not on what is in it), or the
// keys `o` and Escape. A row's link always goes to the page itself.

const roomy = matchMedia("(min-width: 1181px)");
const shown = () => document.querySelector("#peek .panel");

const close = () => {
  document.getElementById("peek")?.replaceChildren();
  document.querySelectorAll("tr.is-open").forEach((row) => row.classList.remove("is-open"));
};

const look = (row) => {
  const room = document.getElementById("peek");
  if (!room || !roomy.matches || !window.htmx || row.classList.contains("is-open")) return;
  document.querySelectorAll("tr.is-open").forEach((other) => other.classList.remove("is-open"));
  row.classList.add("is-open");
  window.htmx.ajax("GET", row.dataset.peek, { target: room, swap: "innerHTML", source: row });
};

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-peek-close]")) return close();
  const row = event.target.closest?.("tr[data-peek]");
  if (!row || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
  look(row);
});
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  const row = document.querySelector("tr[data-peek][aria-current]");
  if (event.key === "o" && row) {
    if (row.classList.contains("is-open")) close();
    else look(row);
  } else if (event.key === "x" && row) {
    row.querySelector("input[name=pick]")?.click();
  } else if (event.key === "Escape" && shown()) {
    close();
  } else if ((event.key === "j" || event.key === "k") && shown()) {
    const current = document.querySelector("tr[data-peek][aria-current]");
    if (current) look(current);
  }
});
