// Shows changes as they happen. Every page works without this script: reloading gives the same.
(() => {
  "use strict";

  // A form is sent once, however often the button is tapped. Its request id makes a repetition harmless anyway.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
  });
  // Coming back to a page that the browser kept: its forms may be sent again.
  window.addEventListener("pageshow", (event) => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.removeAttribute("aria-busy");
    }
    if (event.persisted && document.querySelector("[data-live]")) location.reload();
  });

  const problem = document.querySelector("form[data-focus] .problem");
  if (problem) problem.focus();

  const list = document.querySelector("[data-live]");
  if (!list || !("EventSource" in window)) return;
  const word = document.getElementById("live-word");

  // Asks for the page again and puts its list in the place of this one; a burst of changes is one question, spread a little so that a
  // thousand browsers do not ask in the same moment.
  let waiting = null;
  let asking = false;
  const again = () => {
    if (waiting) return;
    waiting = setTimeout(refresh, 300 + Math.random() * 900);
  };
  const refresh = async () => {
    waiting = null;
    if (asking || document.hidden) return again.later = true;
    asking = true;
    try {
      const response = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      if (response.status === 401) return location.reload();
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = page.querySelector("[data-live]");
      if (next && next.innerHTML !== list.innerHTML) replace(next);
    } catch {
      // Without a connection the page stays as it is; the stream says when it is back.
    } finally {
      asking = false;
      if (again.later) { again.later = false; again(); }
    }
  };
  const replace = (next) => {
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const card = focused && focused.closest("[data-shift]");
    list.replaceChildren(...next.childNodes);
    if (focused) {
      const same = focused.id && document.getElementById(focused.id);
      const near = same || (card && document.getElementById(card.id));
      if (near) {
        if (!same) near.setAttribute("tabindex", "-1");
        near.focus({ preventScroll: true });
      }
    }
    if (word) word.textContent = word.dataset.updated;
  };

  let broken = false;
  const listen = () => {
    const source = new EventSource("/live");
    source.addEventListener("hello", () => {
      if (broken) again();
      broken = false;
    });
    source.addEventListener("reset", again);
    source.addEventListener("shift", (event) => {
      const change = JSON.parse(event.data);
      const card = document.getElementById(change.shift);
      const free = card && card.querySelector("[data-free]");
      if (free && free.textContent !== change.free) {
        free.textContent = change.free;
        card.classList.add("changed");
        setTimeout(() => card.classList.remove("changed"), 2000);
      }
      // The numbers are right at once; names, reasons and buttons follow.
      again();
    });
    source.addEventListener("error", () => {
      broken = true;
      if (source.readyState !== EventSource.CLOSED) return;
      // Refused: the session may have ended, which asking for the page finds out.
      again();
      setTimeout(listen, 5000 + Math.random() * 5000);
    });
    window.addEventListener("pagehide", () => source.close(), { once: true });
  };
  listen();
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && again.later) { again.later = false; again(); }
  });
})();
