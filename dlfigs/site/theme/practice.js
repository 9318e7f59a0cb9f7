// Practice: without this script the page is a list of folded questions. With it one is asked at a time, in random
// order. What was missed is kept in this browser, for this site, and sent to nobody.
;(() => {
  const sheet = document.querySelector(".practice"), boxes = [...(sheet?.children ?? [])]
  if (!boxes.length) return
  const KEY = `practice ${new URL("../..", document.currentScript.src).pathname}`
  const KINDS = { all: "All cards", question: "Questions", next: "What is asked next", predict: "Predictions", missed: "What I missed" }
  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text })
  const names = new Map(boxes.map(box => [box, box.querySelector("summary").textContent])) // a card in new words is new
  let missed = new Set(), left = [], all = 0, now
  try { missed = new Set(JSON.parse(localStorage.getItem(KEY)) ?? []) } catch { /* not allowed */ }
  const keep = () => {
    try { missed.size ? localStorage.setItem(KEY, JSON.stringify([...missed])) : localStorage.removeItem(KEY) } catch { /* not allowed */ }
  }
  const button = (text, action) => {
    const element = make("button", "predict-button", text)
    element.type = "button"
    element.addEventListener("click", action)
    return element
  }
  const choice = make("select", "")
  for (const [kind, words] of Object.entries(KINDS)) choice.add(new Option(words, kind))
  const label = make("label", "", "Ask ")
  label.append(choice)
  const state = make("p", "practice-state")
  state.setAttribute("role", "status")
  const bar = make("div", "practice-bar"), row = make("div", "practice-row")
  const tell = () => {
    const known = [...names.values()].filter(name => missed.has(name)).length
    const place = now ? `Card ${all - left.length} of ${all}` : all ? `All ${all} cards are done` : "No cards here"
    state.textContent = `${place} · missed: ${known}`
    forget.hidden = !missed.size
    again.hidden = !!now
    row.hidden = !now?.open
  }
  const next = () => {
    now?.classList.remove("practice-now")
    now = left.pop()
    if (now) {
      now.classList.add("practice-now")
      now.open = now.dataset.kind === "predict" // which has its answer folded in it
    }
    tell()
  }
  const begin = () => {
    left = boxes.filter(box => choice.value === "all" || box.dataset.kind === choice.value || choice.value === "missed" && missed.has(names.get(box)))
    for (let end = left.length - 1; end > 0; end--) {
      const other = Math.floor(Math.random() * (end + 1))
      ;[left[end], left[other]] = [left[other], left[end]]
    }
    all = left.length
    next()
  }
  const judge = knew => () => {
    missed[knew ? "delete" : "add"](names.get(now))
    keep()
    next()
    ;(now ? now.querySelector("summary") : again).focus() // a screen reader reads the question
  }
  const again = button("Begin again", () => {
    begin()
    ;(now ? now.querySelector("summary") : choice).focus()
  })
  const forget = button("Forget what I missed", () => {
    missed.clear()
    keep()
    tell()
    choice.focus()
  })
  forget.classList.add("predict-forget")
  row.append(button("I knew it", judge(true)), button("I missed it", judge(false)))
  bar.append(label, state)
  sheet.prepend(bar)
  sheet.append(row, again, forget)
  for (const box of boxes) box.addEventListener("toggle", tell)
  choice.addEventListener("change", begin)
  begin()
})()
