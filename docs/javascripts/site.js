// Material's copy buttons stand in <nav> elements without names; a screen reader needs to tell them apart.
// A table that it lets scroll must be reached by the keyboard.
let count = 0
const name = () => {
  document.querySelectorAll("nav.md-code__nav:not([aria-label])").forEach(nav =>
    nav.setAttribute("aria-label", `Code block ${++count}`))
  document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])").forEach(box => {
    box.tabIndex = 0
    box.setAttribute("role", "group")
    box.setAttribute("aria-label", "Table")
  })
}
new MutationObserver(name).observe(document.body, { childList: true, subtree: true })
name()
