// Shows that something is under way, and says so when it fails: htmx marks the element, this marks the button
// of a plain form, so that a second press does nothing.

const say = (text) => {
  const region = document.getElementById("announce");
  if (region) region.textContent = text;
};

const complain = (text) => {
  const toasts = document.getElementById("toasts");
  if (!toasts) return;
  const toast = document.createElement("div");
  toast.className = "toast is-error";
  const words = document.createElement("span");
  words.textContent = text;
  const dismiss = document.createElement("button");
  dismiss.type = "button";
  dismiss.className = "link-btn";
  dismiss.dataset.dismiss = "";
  dismiss.textContent = "Dismiss";
  toast.append(words, dismiss);
  toasts.replaceChildren(toast);
};

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
  // After the submission has been read, or the button's own value would be lost.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = true;
    form.setAttribute("aria-busy", "true");
  });
});

// The browser's back button may show the page as it was left: make it usable again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[aria-busy]")) {
    form.removeAttribute("aria-busy");
    for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = false;
  }
});

let timer;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.closest("[data-live-url]")) return;
  clearTimeout(timer);
  timer = setTimeout(() => say("Working…"), 500);
});
document.addEventListener("htmx:afterRequest", () => clearTimeout(timer));

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401 || (xhr.status === 403 && xhr.responseText.includes("/login/"))) {
    location.reload();
    return;
  }
  const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
  complain(plain && xhr.responseText ? xhr.responseText : "That did not work; nothing has been changed. Reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => complain("The server could not be reached. Nothing has been changed; try again in a moment."));
document.addEventListener("htmx:timeout", () => complain("The server took too long to answer. Reload the page to see what was done."));
