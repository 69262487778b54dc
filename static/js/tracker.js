// abmops web tracker. <script async src="…/static/js/tracker.js" data-key="wk_…" data-consent="required"></script>
// Sends page views, and what the site says through abmops.track(…), to /v1/batch. Nothing is kept in the browser before
// abmops.consent(true). Until then people are told apart for as long as the page is open; with data-consent="required"
// nothing is sent either. Do Not Track and Global Privacy Control switch it off. No fingerprint, no cookie, ever.
(() => {
  const asked = window.abmops;
  if (asked && !Array.isArray(asked)) return; // the page holds the script twice
  const script = document.currentScript || document.querySelector("script[data-key]");
  const { key, consent, host, spa } = script.dataset;
  const url = new URL("/v1/batch", host || script.src).href;
  const off = navigator.doNotTrack == 1 || navigator.globalPrivacyControl;
  const MOST = 60000; // the bytes that may be under way while a page goes is 64 KB
  const KEPT = "abmops", LEFT = "abmops-left";

  const uuid = () => [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, 0)).join("");
  const clean = (path) => path.replace(/[^/]*(@|%40)[^/]*|(?=[^/]*\d)\w{24,}(?=\/|$)/gi, "*"); // addresses, tokens
  const store = (name, value) => {
    try {
      if (value) localStorage[name] = JSON.stringify(value);
      else delete localStorage[name];
    } catch {} // a browser may forbid it
  };
  const stored = (name) => {
    try {
      return JSON.parse(localStorage[name]);
    } catch {}
  };

  let who = off ? 0 : stored(KEPT);
  let agreed = !!who;
  let queue = [];
  let sending, timer, here, before;
  let wait = 1000;
  who ||= { a: uuid() };
  const remember = () => agreed && store(KEPT, who);

  // What the address holds beyond its path may be secret: only what names a campaign is kept.
  const look = () => {
    const { origin, pathname, search } = location;
    const path = clean(pathname);
    const utm = [...new URLSearchParams(search)].filter(([name]) => /^utm_/.test(name));
    const from = before || document.referrer.split(/[?#]/)[0];
    here = { path, url: origin + path + (utm[0] ? "?" + new URLSearchParams(utm) : ""), referrer: clean(from), title: document.title };
    before = here.url;
  };

  const add = (type, fields) => {
    if (off) return;
    if (!here) look();
    queue.push({
      type,
      messageId: uuid(),
      timestamp: new Date(),
      anonymousId: who.a,
      userId: who.u,
      context: { page: here, groupId: who.g, automated: navigator.webdriver || undefined, library: { name: "abmops.js", version: "1" } },
      ...fields,
    });
    if (queue.length > 500) queue.shift();
    plan(queue.length > 19 ? 0 : 1000);
  };

  const plan = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(flush, ms);
  };

  const body = (batch) => JSON.stringify({ writeKey: key, sentAt: new Date(), batch });

  // As many of the first events as fit; one that is too large alone goes alone, and is refused with the reason.
  const take = () => {
    let count = Math.min(queue.length, 100);
    while (count > 1 && new Blob([body(queue.slice(0, count))]).size > MOST) count = count >> 1;
    return queue.splice(0, count);
  };

  // text/plain asks no leave of the server first (no preflight); keepalive outlives the page.
  const post = (text) =>
    fetch(url, { method: "POST", body: text, keepalive: new Blob([text]).size < MOST + 4000, credentials: "omit" });

  const mayNot = () => off || !queue[0] || (consent == "required" && !agreed);

  const send = async (batch) => {
    let ok;
    try {
      const { status } = await post(body(batch));
      ok = status < 500 && status != 429; // what is refused would be refused again
    } catch {}
    if (!ok) queue.unshift(...batch); // the same messageIds: heard once
    wait = ok ? 1000 : Math.min(wait * 2, 60000);
    if (!ok) plan(wait);
    return ok;
  };

  const flush = async () => {
    if (sending || mayNot()) return;
    here.title = document.title;
    sending = take();
    await send(sending);
    sending = 0;
    if (queue[0]) plan(wait > 1000 ? wait : 0);
  };

  // The page may not come back: everything goes at once. With consent a copy stays for the next page, in case it fails.
  const leave = () => {
    const open = [...(sending || []), ...queue];
    if (agreed && open[0]) store(LEFT, [...(stored(LEFT) || []), ...open].slice(-100));
    if (mayNot()) return;
    here.title = document.title;
    const went = [];
    while (queue[0]) {
      const batch = take();
      if ("keepalive" in Request.prototype) went.push(send(batch));
      else navigator.sendBeacon(url, body(batch));
    }
    if (!sending) Promise.all(went).then((all) => all.every(Boolean) && store(LEFT));
  };

  const api = {
    page: (name, properties) => {
      look();
      add("page", { name, properties });
    },
    track: (event, properties) => add("track", { event, properties }),
    identify: (id, traits) => {
      who.u = id;
      remember();
      add("identify", { traits });
    },
    group: (id, traits) => {
      who.g = id;
      remember();
      add("group", { groupId: id, traits });
    },
    consent: (yes) => {
      agreed = !!yes && !off;
      if (agreed) plan(0);
      else if (consent == "required") queue = [];
      store(LEFT);
      store(KEPT, agreed && who);
    },
    reset: () => {
      who = { a: uuid() };
      remember();
    },
    flush,
  };
  // Calls made before this file came wait in an array: abmops.push(["track", "Demo Requested"]).
  api.push = ([name, ...rest]) => api[name]?.(...rest);
  window.abmops = api;
  if (off) store(KEPT), store(LEFT);
  queue = (agreed && stored(LEFT)) || [];
  store(LEFT);
  if (document.prerendering) document.addEventListener("prerenderingchange", () => api.page());
  else api.page();
  if (Array.isArray(asked)) asked.forEach(api.push);

  if (spa != "off") {
    let path = location.pathname;
    const moved = () => path != location.pathname && ((path = location.pathname), api.page());
    for (const name of ["pushState", "replaceState"]) {
      const real = history[name];
      history[name] = function (...given) {
        real.apply(this, given);
        moved();
      };
    }
    addEventListener("popstate", moved);
  }
  addEventListener("pageshow", (event) => event.persisted && api.page());
  addEventListener("online", () => plan(0));
  addEventListener("pagehide", leave);
  addEventListener("visibilitychange", () => document.visibilityState == "hidden" && leave());
})();
