// Drags an entry of the calendar to another day. The form it fills is the one that works without it.

const form = document.getElementById("move");
let carried = null;

const shifted = (day, days) => {
  const moved = new Date(`${day}T00:00:00Z`);
  moved.setUTCDate(moved.getUTCDate() + days);
  return moved.toISOString().slice(0, 10);
};
const between = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
// What lasts for days is one bar over them all: the day is the one under the hand, not the one that holds the bar.
const dayAt = (event) => document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches("[data-day]"));

if (form) {
  document.addEventListener("dragstart", (event) => {
    const entry = event.target instanceof Element ? event.target.closest("[data-key]") : null;
    if (!entry) return;
    carried = { key: entry.dataset.key, first: entry.dataset.first, from: (dayAt(event) ?? entry.closest("[data-day]")).dataset.day };
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", entry.dataset.key);
    entry.classList.add("dragged");
  });
  document.addEventListener("dragend", (event) => {
    if (event.target instanceof Element) event.target.closest("[data-key]")?.classList.remove("dragged");
    for (const over of document.querySelectorAll(".drop")) over.classList.remove("drop");
    carried = null;
  });
  document.addEventListener("dragover", (event) => {
    const day = carried && dayAt(event);
    if (!day) return;
    event.preventDefault();
    for (const over of document.querySelectorAll(".drop")) if (over !== day) over.classList.remove("drop");
    day.classList.add("drop");
  });
  document.addEventListener("drop", (event) => {
    const day = carried && dayAt(event);
    if (!day || day.dataset.day === carried.from) return;
    event.preventDefault();
    // A burst is taken by any of its days, what is posted by the days in which it lands: it moves as far as the hand did.
    form.elements.key.value = carried.key;
    form.elements.day.value = shifted(carried.first, between(carried.from, day.dataset.day));
    form.requestSubmit();
  });
}
