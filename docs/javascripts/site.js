// Material's copy buttons stand in <nav> elements without names; a screen reader needs to tell them apart.
let count = 0
const name = () => document.querySelectorAll("nav.md-code__nav:not([aria-label])").forEach(nav =>
  nav.setAttribute("aria-label", `Code block ${++count}`))
new MutationObserver(name).observe(document.body, { childList: true, subtree: true })
name()
