// A pressed verdict takes its word back, so the second click of a double click would undo the first: it is dropped.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest?.(".said button")) event.preventDefault();
  },
  true,
);
