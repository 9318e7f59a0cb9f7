// Material's copy buttons stand in <nav> elements without names; a screen reader needs to tell them apart.
// Its box of search results is a stop of the keyboard when it has some: they are chosen with arrows.
let count = 0
const results = document.querySelector(".md-search__scrollwrap")
const name = () => {
  document.querySelectorAll("nav.md-code__nav:not([aria-label])").forEach(nav =>
    nav.setAttribute("aria-label", `Code block ${++count}`))
  if (results?.querySelector(".md-search-result__link")) results.tabIndex = 0
  else results?.removeAttribute("tabindex")
}
new MutationObserver(name).observe(document.body, { childList: true, subtree: true })
name()

// A choice of tab holds for all. Material sees no names in folded answers; there it is told what was chosen elsewhere.
const folded = name => [...document.querySelectorAll(".tabbed-labels > label")]
  .filter(label => !label.innerText.trim() && label.textContent.trim() === name)
  .map(label => [label, document.getElementById(label.htmlFor)])
  .filter(([, input]) => !input.checked)
document.addEventListener("change", ({ target }) => {
  if (!target.matches(".tabbed-set > input")) return
  const name = document.querySelector(`label[for="${target.id}"]`).innerText.trim()
  for (const [label, input] of name ? folded(name) : []) {
    label.setAttribute("data-md-switching", "") // Material's sign that nobody has clicked
    input.click()
  }
})
try {
  const [name] = __md_get("__tabs") ?? []
  for (const [, input] of name ? folded(name) : []) input.checked = true
} catch { /* not allowed to remember */ }
