// Filter menus are `details`: one open at a time, closed by Escape (focus goes back) and by a press elsewhere.

const open = () => document.querySelectorAll("details.drop[open]");

document.addEventListener("click", (event) => {
  for (const drop of open()) if (!drop.contains(event.target)) drop.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const drop of open()) {
    drop.open = false;
    if (drop.contains(document.activeElement)) drop.querySelector("summary").focus();
  }
});
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches?.("details.drop") || !event.target.open) return;
    for (const drop of open()) if (drop !== event.target) drop.open = false;
  },
  true,
);
