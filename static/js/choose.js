// Choosing rows: one box for the page, a range with Shift, and the bar that acts on what is chosen.

const boxes = (form) => [...form.querySelectorAll("tbody input[type=checkbox][name=pick]")];

const show = (form) => {
  const all = boxes(form);
  const chosen = all.filter((box) => box.checked);
  for (const box of all) box.closest("tr").classList.toggle("is-picked", box.checked);
  const whole = form.querySelector("[data-pick-all]");
  if (whole) {
    whole.checked = all.length > 0 && chosen.length === all.length;
    whole.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
  const bar = form.querySelector(".bulk");
  if (bar) {
    bar.hidden = chosen.length === 0;
    bar.querySelector("[data-pick-count]").textContent = `${chosen.length} chosen`;
  }
};

let last = null;
document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("input[name=pick]") || !box.form) return;
  const all = boxes(box.form);
  if (event.shiftKey && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});
document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form[data-choose]");
  if (!form) return;
  if (event.target.matches("[data-pick-all]")) for (const box of boxes(form)) box.checked = event.target.checked;
  show(form);
});
document.addEventListener("reset", (event) => {
  if (event.target.matches("form[data-choose]")) setTimeout(() => show(event.target));
});
document.querySelectorAll("form[data-choose]").forEach(show);
document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("form[data-choose]").forEach(show));
