// Call mode by number keys. A press shows the next person at once; the server's answer then takes the place.

const press = (number) => document.querySelector(`#calling .call-acts [data-number="${number}"]`);
const typing = (target) => target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select");

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event.target) || document.querySelector("[popover]:popover-open")) return;
  if (/^[0-9]$/.test(event.key)) {
    const button = press(event.key);
    if (!button || button.disabled) return;
    event.preventDefault();
    button.click();
    if (button.hasAttribute("popovertarget")) document.querySelector("#call-meeting input[type=datetime-local]")?.focus();
  } else if (event.key === "e") {
    const note = document.querySelector("#calling input[name=note]");
    if (!note) return;
    event.preventDefault();
    note.focus();
  }
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.matches?.("#calling form")) return;
  const coming = document.querySelector("#calling [data-coming]");
  const now = document.querySelector("#calling [data-claim-auto]");
  if (!coming || !now) return;
  now.hidden = true;
  coming.hidden = false;
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, () => {
    const coming = document.querySelector("#calling [data-coming]");
    const now = document.querySelector("#calling [data-claim-auto]");
    if (!coming || !now) return;
    now.hidden = false;
    coming.hidden = true;
  });
}

const settle = () => {
  const heading = document.querySelector("#calling [data-focus]");
  heading?.focus();
};
document.addEventListener("htmx:afterSettle", (event) => event.target.closest?.("#calling") && settle());
settle();
