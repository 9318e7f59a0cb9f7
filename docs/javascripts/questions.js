// One button for all answers of the page, which is remembered. Without this script each opens and closes by itself.
;(() => {
  const KEY = "answers", button = document.querySelector("[data-answers]")
  const remember = hidden => { try { localStorage.setItem(KEY, hidden ? "hidden" : "shown") } catch { /* not allowed */ } }
  const remembered = () => { try { return localStorage.getItem(KEY) === "hidden" } catch { return false } }
  let hidden = false
  const turn = to => {
    hidden = to
    // What the list says, and what may be asked next, would give answers away; they are shown one by one
    for (const folded of document.querySelectorAll("article details"))
      if (hidden || folded.classList.contains("answer")) folded.open = !hidden
    button.textContent = hidden ? "Show all answers" : "Hide all answers"
  }
  button.addEventListener("click", () => {
    turn(!hidden)
    remember(hidden)
  })
  if (remembered()) {
    turn(true)
    document.getElementById(location.hash.slice(1))?.scrollIntoView() // it has moved up
  }
})()
