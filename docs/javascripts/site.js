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
