// What dlfigs writes into pages works without this script: panels are to be copied by hand, the gallery is a list.
;(() => {
  // A box that scrolls must be reached by the keyboard, which tablets have too: Material sees to that only where
  // there is a mouse, and not for tables. What goes on beyond the edge is marked, for the style sheet to show it.
  const scrolling = "pre > code, .highlight pre, .md-typeset__scrollwrap, .scroll, div.math, .cite-text"
  const look = box => {
    const hidden = box.scrollWidth - box.clientWidth
    if (!box.clientWidth) return // it is folded away
    if (hidden > 1 && getComputedStyle(box).overflowX !== "visible") {
      if (!box.hasAttribute("tabindex")) box.tabIndex = 0
      if (box.matches(".md-typeset__scrollwrap")) {
        box.setAttribute("role", "group")
        box.setAttribute("aria-label", "Table")
      }
    }
    box.toggleAttribute("data-more", hidden - Math.abs(box.scrollLeft) > 1)
  }
  const sizes = new ResizeObserver(entries => entries.forEach(entry => look(entry.target)))
  const known = new WeakSet()
  const watch = () => {
    for (const box of document.querySelectorAll(scrolling)) {
      if (known.has(box)) continue
      known.add(box)
      sizes.observe(box)
      box.addEventListener("scroll", () => look(box), { passive: true })
    }
  }
  // Material takes away from touch what we give
  const kept = new MutationObserver(records => records.forEach(({ target }) => {
    if (!target.hasAttribute("tabindex") && known.has(target)) look(target)
  }))
  kept.observe(document.body, { attributeFilter: ["tabindex"], subtree: true })
  new MutationObserver(watch).observe(document.body, { childList: true, subtree: true })
  watch()

  // Copy what a panel of "Cite" shows, and say so on the button.
  document.querySelectorAll("button[data-copy]").forEach(button => {
    const label = button.textContent
    button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy)
      try {
        await navigator.clipboard.writeText(text.textContent)
        button.textContent = "Copied"
      } catch { // no right to the clipboard: select the text, so that a person can
        getSelection().selectAllChildren(text)
        button.textContent = "Selected: press Ctrl+C"
      }
      setTimeout(() => { button.textContent = label }, 3000)
    })
  })

  // Copy the page as Markdown. From disk no script can read a file: there is the link alone.
  document.querySelectorAll("button[data-copy-page]").forEach(button => {
    if (location.protocol === "file:" || !navigator.clipboard) return
    const label = button.textContent
    button.parentElement.hidden = false
    button.addEventListener("click", async () => {
      const text = fetch(button.dataset.copyPage).then(answer => {
        if (!answer.ok) throw new Error(answer.status)
        return answer.text()
      })
      try { // the right to the clipboard may end before the text is there: some browsers take a promise
        if (window.ClipboardItem)
          await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then(said => new Blob([said], { type: "text/plain" })) })])
        else await navigator.clipboard.writeText(await text)
        button.textContent = "Copied"
      } catch {
        button.textContent = "Not copied: open the Markdown"
      }
      setTimeout(() => { button.textContent = label }, 3000)
    })
  })

  // The gallery: without this script it is the whole list. Its address keeps what was asked for.
  const form = document.querySelector(".gallery-filter")
  if (form) {
    const cards = [...document.querySelectorAll(".gallery > li")]
    const fields = ["find", "part", "question"].map(field => form.elements[field])
    const filter = () => {
      const [find, part, question] = fields.map(field => field.value)
      const words = find.toLowerCase().split(/\s+/).filter(Boolean)
      let shown = 0
      for (const card of cards) {
        const text = `${card.dataset.slug} ${card.dataset.words} ${card.textContent} ${card.querySelector("img")?.alt}`.toLowerCase()
        const match = words.every(word => text.includes(word))
          && (!part || card.dataset.part === part)
          && (!question || card.dataset.questions.split(" ").includes(question))
        card.hidden = !match
        shown += match
      }
      for (const section of document.querySelectorAll(".gallery-part"))
        section.hidden = !section.querySelector(".gallery > li:not([hidden])")
      form.querySelector("output").textContent =
        shown === 1 ? "1 figure" : shown ? `${shown} figures` : "No figure: try another word"
      const asked = new URLSearchParams(fields.filter(f => f.value).map(f => [f.name, f.value])).toString()
      if (location.protocol !== "file:") // whose addresses no script may change
        history.replaceState(null, "", (asked ? `?${asked}` : location.pathname) + location.hash)
    }
    const address = new URLSearchParams(location.search)
    for (const field of fields) field.value = address.get(field.name) ?? ""
    form.addEventListener("input", filter)
    form.addEventListener("submit", event => event.preventDefault())
    filter()
  }
})()
