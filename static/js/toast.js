// Toasts: those with an undo stay ten seconds, plain ones six, complaints until dismissed. A toast that is
// looked at (pointer or focus) does not go away.

const STAY = 6000;
const STAY_WITH_UNDO = 10000;

const arm = (toast) => {
  if (toast.dataset.armed || toast.classList.contains("is-error")) return;
  toast.dataset.armed = "1";
  let timer;
  const leave = () => {
    if (toast.matches(":hover, :focus-within")) start();
    else toast.remove();
  };
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(leave, toast.querySelector("form") ? STAY_WITH_UNDO : STAY);
  };
  start();
};

const region = document.getElementById("toasts");
if (region) {
  region.querySelectorAll(".toast").forEach(arm);
  new MutationObserver(() => {
    const toasts = region.querySelectorAll(".toast");
    toasts.forEach(arm);
    // Only the three newest stand; a run of "done" presses must not cover the queue.
    [...toasts].slice(0, -3).forEach((old) => old.remove());
  }).observe(region, { childList: true });
  region.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
  });
}
