// Help for stylesheets/print.css, with what a stylesheet cannot see. Nothing happens before somebody prints.
let opened = []

addEventListener("beforeprint", () => {
  // A link that reads as its address needs no address after it
  for (const link of document.querySelectorAll('.md-content a[href^="http"]')) {
    const [text, address] = [link.textContent, link.getAttribute("href")]
      .map(part => part.trim().replace(/^https?:\/\/|\/$/g, ""))
    link.classList.toggle("address", text === address)
  }
  // Browsers in which the stylesheet alone cannot open folded answers
  if (!CSS.supports("selector(::details-content)")) {
    opened = [...document.querySelectorAll("details:not([open])")]
    opened.forEach(answer => { answer.open = true })
  }
})

addEventListener("afterprint", () => opened.forEach(answer => { answer.open = false }))
