/* Keeps a page as new as its agent: one question a tick, none while nobody looks at it. Without it the page stays as it
   was when it was opened. */
"use strict";
(() => {
  const banner = document.getElementById("banner");
  const everySeconds = Math.max(2, Number(document.body.dataset.everySeconds) || 15);
  let tag = "";
  let waiting = 0;

  const say = (sentence) => {
    banner.textContent = sentence;
    banner.hidden = !sentence;
  };

  const live = (page) => Array.from(page.querySelectorAll("[data-live]"), (one) => one.id).join();

  const put = (text) => {
    const now = new DOMParser().parseFromString(text, "text/html");
    if (live(document) !== live(now)) {
      location.reload(); // parts came or went: the frame is another one
      return;
    }
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = now.getElementById(old.id);
      if (!fresh || fresh.isEqualNode(old)) continue;
      for (const open of old.querySelectorAll("details[open][id]")) {
        fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
      }
      const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.replaceWith(fresh);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    document.title = now.title;
  };

  const ask = async () => {
    clearTimeout(waiting);
    if (document.hidden) return;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const patience = AbortSignal.timeout(1000 * everySeconds + 5000);
      const answer = await fetch(location.href, { headers, signal: patience });
      if (answer.status === 200) {
        put(await answer.text());
        tag = answer.headers.get("etag") || "";
      } else if (answer.status !== 304 && !("waiting" in document.body.dataset)) {
        throw new Error(`status ${answer.status}`);
      }
      say("");
    } catch {
      const taken = document.querySelector("[data-taken]");
      say(`Disconnected: showing data from ${taken ? taken.dataset.taken : "before"}`);
    }
    waiting = setTimeout(ask, 1000 * everySeconds);
  };

  document.addEventListener("visibilitychange", () => document.hidden || ask());
  waiting = setTimeout(ask, 1000 * everySeconds);
  document.documentElement.dataset.ready = "";
})();
