// The first-visit tour, one step at a time with what it speaks of outlined. Without this script all steps stand as a list.

const tour = document.getElementById("tour");
if (tour) {
  const steps = [...tour.querySelectorAll("[data-tour-target]")];
  const [back, next] = tour.querySelectorAll("[data-tour]");
  let at = 0;
  const outlined = () => document.querySelectorAll(".is-toured").forEach((other) => other.classList.remove("is-toured"));
  const show = (scroll) => {
    outlined();
    steps.forEach((step, index) => (step.hidden = index !== at));
    back.disabled = at === 0;
    next.disabled = at === steps.length - 1;
    tour.querySelector("[data-tour-at]").textContent = `${at + 1} of ${steps.length}`;
    const target = document.querySelector(steps[at].dataset.tourTarget);
    target?.classList.add("is-toured");
    if (scroll) target?.scrollIntoView({ block: "nearest" });
  };
  tour.querySelector(".tour-steps").hidden = false;
  tour.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tour]");
    if (!button) return;
    at = Math.min(Math.max(at + Number(button.dataset.tour), 0), steps.length - 1);
    show(true);
  });
  document.addEventListener("htmx:afterSwap", () => document.getElementById("tour") || outlined());
  show(false);
}
