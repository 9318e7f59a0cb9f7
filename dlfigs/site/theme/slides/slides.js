// Shows a lecture slide by slide with reveal.js: in the site's colors, and with a second window for who lectures.
"use strict";
(() => {
  const asked = new URLSearchParams(location.search);
  const root = document.documentElement;
  const place = document.querySelector(".deck");
  const slides = [...place.querySelectorAll("section")];

  // ?scheme=dark, or what was chosen on the site, or what the system says
  const chosen = () => {
    if (asked.has("scheme")) return asked.get("scheme");
    try {
      const site = new URL("../..", location.href).pathname;
      const { color } = JSON.parse(localStorage.getItem(`${site}.__palette`)) || {};
      if (color && color.media !== "(prefers-color-scheme)") return color.scheme === "slate" ? "dark" : "light";
    } catch { /* nothing is remembered here */ }
    return null;
  };
  const scheme = chosen();
  if (scheme === "dark" || scheme === "light") root.dataset.scheme = scheme;

  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`slides ${location.pathname}`) : null;

  if (asked.has("notes")) {
    // The window of who lectures follows the other one, and its keys turn the slides there
    root.classList.add("lecturing");
    const clock = document.querySelector("header").appendChild(document.createElement("span"));
    const begun = Date.now();
    clock.className = "clock";
    setInterval(() => { clock.textContent = `${Math.floor((Date.now() - begun) / 60000)} min`; }, 1000);
    const show = at => slides.forEach((slide, n) => {
      slide.classList.toggle("now", n === at);
      slide.classList.toggle("next", n === at + 1);
    });
    show(0);
    channel?.addEventListener("message", ({ data }) => { if ("at" in data) show(data.at); });
    channel?.postMessage({ ask: true });
    addEventListener("keydown", event => {
      const by = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 }[event.key];
      if (by) { channel?.postMessage({ by }); event.preventDefault(); }
    });
    return;
  }

  // A slide that is scaled to a phone cannot be read: there they stay one page
  if (!window.Reveal || matchMedia("(max-width: 600px)").matches || asked.has("page")) return;
  root.classList.add("showing");
  place.classList.add("reveal");
  const deck = new Reveal(place, {
    width: 1280, height: 720, margin: 0, center: false, hash: true, slideNumber: "c/t", transition: "none",
    backgroundTransition: "none", scrollActivationWidth: null, navigationMode: "linear", help: true,
  });
  const tell = () => channel?.postMessage({ at: deck.getIndices().h });
  deck.on("slidechanged", tell);
  channel?.addEventListener("message", ({ data }) => {
    if (data.ask) tell();
    if (data.by > 0) deck.next();
    if (data.by < 0) deck.prev();
  });
  deck.addKeyBinding({ keyCode: 83, key: "S", description: "Window with notes" }, () => {
    const address = new URL(location.href);
    address.searchParams.set("notes", "");
    address.hash = "";
    open(address, "notes", "width=700,height=900");
  });
  deck.initialize();
})();
