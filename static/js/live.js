// A live region: an element with `data-live-url` is asked for news every two seconds with its `data-since` token.
// 204 means no news. Otherwise the answer replaces the element (same id), so it brings its next token with it. Rests in
// a hidden tab, while a person is busy inside the region (a menu or field of it is open), and after errors ever longer.

const EVERY = 2000;
const AT_MOST = 60000;

// A region with `data-merge` takes news row by row and leaves alone a row in which a person types; any other rests
// while one is busy in it.
const typesIn = (region) =>
  region.contains(document.activeElement) && document.activeElement.matches("input:not([type=checkbox], [type=radio]), textarea, select");
const busy = (region) =>
  Boolean(
    region.querySelector(":popover-open, details.drop[open], .htmx-request") || (!("merge" in region.dataset) && typesIn(region)),
  );

const say = (text) => {
  const announce = document.getElementById("announce");
  if (announce && text) announce.textContent = text;
};

// A swapped part may know the number beside a place of the navigation: `data-nav-for` its address, `data-nav-count`.
const count = () => {
  for (const part of document.querySelectorAll("[data-nav-for]")) {
    const place = [...document.querySelectorAll(".nav li a")].find((link) => link.getAttribute("href") === part.dataset.navFor);
    if (!place) continue;
    const shown = place.querySelector(".n") || place.appendChild(Object.assign(document.createElement("span"), { className: "n" }));
    shown.textContent = Number(part.dataset.navCount) ? part.dataset.navCount : "";
  }
};

const KEPT_GONE = 4000;
const inUse = (row) => row.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
// `data-typed`: a field that the server filled again with what it has just refused.
const written = (row) =>
  [...row.querySelectorAll("input[type=text], textarea")].some((field) => field.value !== field.defaultValue || "typed" in field.dataset);

// The fresh region takes the place of the old one. A row in which somebody types or has typed stays as it is (moved, the
// browser keeps its text; focus is given back), boxes stay ticked, and a row that has gone says so before it goes.
const merge = (region, node) => {
  const gone = [];
  const focused = typesIn(region) ? document.activeElement : null;
  const place = focused ? [focused.selectionStart, focused.selectionEnd] : null;
  const open = [...region.querySelectorAll("li[id]:not(.is-gone)")];
  for (const row of open) {
    const next = node.querySelector(`#${CSS.escape(row.id)}`);
    if (next) {
      const box = row.querySelector("input[type=checkbox]:checked");
      if (inUse(row) || written(row)) {
        next.replaceWith(row);
        continue;
      }
      const known = row.querySelector(".detail:not([data-detail])");
      if (known) next.querySelector("[data-detail]")?.replaceWith(known);
      if (box) for (const one of next.querySelectorAll(`input[name="${box.name}"]`)) one.checked = true;
    } else if (!row.matches(".is-leaving")) {
      gone.push(row);
    }
  }
  for (const row of gone) {
    const before = open.slice(0, open.indexOf(row)).reverse().find((one) => node.querySelector(`#${CSS.escape(one.id)}`));
    const anchor = before && node.querySelector(`#${CSS.escape(before.id)}`);
    row.classList.add("is-gone");
    row.removeAttribute("aria-current");
    const note = Object.assign(document.createElement("p"), { className: "gone-note", textContent: "No longer in this queue." });
    row.append(note);
    if (anchor) anchor.after(row);
    else (node.querySelector("ol") || node).prepend(row);
    setTimeout(() => row.remove(), KEPT_GONE);
  }
  region.replaceWith(node);
  if (focused?.isConnected && document.activeElement !== focused) {
    focused.focus({ preventScroll: true });
    if (place && place[0] !== null) focused.setSelectionRange?.(...place);
  }
  if (gone.length) document.dispatchEvent(new CustomEvent("live:gone", { detail: { rows: gone, region: node } }));
};

// Whether a field of an element holds something else than the server drew.
const altered = (element) =>
  [...element.querySelectorAll("input:not([type=hidden]), textarea, select")].some((field) =>
    field.matches("select")
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
      : field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );

// Parts of the page that come anew with a region, by `data-live-also`: their ids. One that is in use or written in stays,
// and the region keeps its old token, so that it is asked for again.
const renewOthers = (region, node, page) => {
  for (const id of (region.dataset.liveAlso || "").split(" ").filter(Boolean)) {
    const old = document.getElementById(id);
    const fresh = old && page.getElementById(id);
    if (!fresh) continue;
    if (busy(old) || altered(old)) {
      node.dataset.since = region.dataset.since;
      continue;
    }
    const was = old.contains(document.activeElement) ? document.activeElement.closest("[id]")?.id : "";
    const next = document.importNode(fresh, true);
    old.replaceWith(next);
    window.htmx?.process(next);
    if (was) document.getElementById(was)?.focus({ preventScroll: true });
  }
};

const ask = async (region) => {
  const url = new URL(region.dataset.liveUrl, location.href);
  if (url.origin !== location.origin) throw new Error("A live region asks its own server only.");
  if (region.dataset.since) url.searchParams.set("since", region.dataset.since);
  const answer = await fetch(url, { headers: { "HX-Request": "true", "X-Live": "1" }, credentials: "same-origin", redirect: "manual" });
  if (answer.status === 204) return region;
  if (answer.status === 401) return location.reload();
  if (!answer.ok) throw new Error(`Live region: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(region.id);
  if (!fresh || !region.isConnected || busy(region)) return region;
  const was = document.activeElement?.closest?.("[id]");
  const focusId = region.contains(was) ? was.id : "";
  const currentId = region.querySelector("[aria-current][id]")?.id || "";
  const node = document.importNode(fresh, true);
  if ("merge" in region.dataset && region.querySelector("li[id]") && node.querySelector("li[id]")) merge(region, node);
  else region.replaceWith(node);
  window.htmx?.process(node);
  renewOthers(region, node, page);
  const current = currentId && document.getElementById(currentId);
  if (current && node.contains(current)) {
    node.querySelectorAll("[aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    current.setAttribute("aria-current", "true");
  }
  const back = focusId && !node.contains(document.activeElement) ? document.getElementById(focusId) : null;
  if (back) {
    // The row that stood under the keys can be focused only where it says so, and the fresh one has not said so yet.
    if (back.tabIndex < 0) back.tabIndex = -1;
    back.focus({ preventScroll: true });
  }
  if (node.dataset.since !== region.dataset.since) say(node.dataset.liveSays || "");
  document.dispatchEvent(new CustomEvent("live:fresh", { detail: { region: node } }));
  return node;
};

const watch = (id) => {
  let wait = EVERY;
  const turn = async () => {
    const region = document.getElementById(id);
    // Nothing is waited for any more: the region has gone, or its answer names no address.
    if (!region?.dataset.liveUrl) return watched.delete(id);
    try {
      if (!document.hidden && !busy(region)) await ask(region);
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, AT_MOST);
    }
    setTimeout(turn, wait);
  };
  setTimeout(turn, wait);
};

const watched = new Set();
const find = () => {
  for (const region of document.querySelectorAll("[data-live-url][id]")) {
    if (watched.has(region.id)) continue;
    watched.add(region.id);
    watch(region.id);
  }
};
find();
document.addEventListener("htmx:load", find);
document.addEventListener("htmx:load", count);
document.addEventListener("live:fresh", count);
