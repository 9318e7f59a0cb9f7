// Predict, then see: without this script a prediction opens to what can be answered, and that to what is right.
// With it a reader answers first. Answers are kept in this browser, for this site, and sent to nobody.
;(() => {
  const boxes = [...document.querySelectorAll("details.predict")]
  if (!boxes.length) return
  const KEY = `predictions ${new URL("../..", document.currentScript.src).pathname}`
  const remembered = () => { try { return JSON.parse(localStorage.getItem(KEY)) ?? {} } catch { return {} } }
  const remember = (name, answer) => {
    try { localStorage.setItem(KEY, JSON.stringify({ ...remembered(), [name]: answer })) } catch { /* not allowed */ }
  }
  const make = (tag, className, ...parts) => {
    const element = document.createElement(tag)
    element.className = className
    element.append(...parts)
    return element
  }
  const copy = element => [...element.cloneNode(true).childNodes]
  const button = (className, text, action) => {
    const element = make("button", `predict-button ${className}`, text)
    element.type = "button"
    element.addEventListener("click", action)
    return element
  }

  // Each kind of answer: `field` to put in place of what can be answered, `answer` as a text that can be kept
  // (null: none yet), `said` as it is read, `take` for an answer that was kept, and whether it is right
  const choice = (box, list) => {
    const labels = [...list.children].map((item, place) => {
      const input = make("input", "")
      input.type = "radio"
      input.name = box.id
      input.value = item.textContent
      return [input, make("label", "", input, make("span", "", ...copy(item))), place]
    })
    const chosen = () => labels.find(([input]) => input.checked)
    const right = [...box.querySelector(".predict-why").children].findIndex(item => item.matches(".predict-right"))
    return {
      field: labels.map(([, label]) => label),
      answer: () => chosen()?.[0].value ?? null,
      said: () => copy(chosen()[1].lastChild),
      right: () => chosen()[2] === right,
      is: () => copy(list.children[right]),
      take: kept => { for (const [input] of labels) input.checked = input.value === kept },
    }
  }
  const scale = (box, words) => {
    const { low, high, step, unit } = words.dataset
    const input = make("input", "")
    Object.assign(input, { type: "range", min: low, max: high, step })
    const middle = input.value = (Number(low) + Number(high)) / 2
    const shown = () => `${input.value.replace("-", "−")} ${unit}`.trim()
    const output = make("output", "")
    const show = () => {
      output.textContent = shown()
      input.setAttribute("aria-valuetext", shown())
    }
    input.addEventListener("input", show)
    show()
    return {
      field: [make("label", "", words.textContent, input), output],
      answer: () => input.value,
      said: () => [`${shown()}.`],
      right: () => false,
      is: () => [...copy(box.querySelector(".predict-it strong")), "."],
      take: kept => { input.value = kept ?? middle; show() },
    }
  }

  const all = []
  for (const box of boxes) {
    const words = box.querySelector(".predict-choices, .predict-scale"), seen = box.querySelector(".predict-seen")
    const question = box.querySelector("summary")
    const asked = question.textContent // what an answer is kept under: of another question it would say nothing
    const kind = (words.matches("ul") ? choice : scale)(box, words)
    const legend = make("legend", "predict-hidden", ...copy(question))
    const note = make("p", "predict-said")
    note.tabIndex = -1
    const done = make("span", "predict-done", " (answered)")
    const look = button("", "See it", () => {
      if (kind.answer() === null) {
        note.textContent = "Choose an answer first."
        field.after(note)
        note.focus()
        return
      }
      remember(asked, kind.answer())
      show()
      note.focus()
    })
    const forget = button("predict-forget", "Forget my answers", () => {
      try { localStorage.removeItem(KEY) } catch { /* not allowed */ }
      for (const one of all) one.take(undefined)
      field.querySelector("input").focus()
    })
    forget.title = "On all pages of this site; they are kept in this browser only"
    const field = make("fieldset", "predict-field", legend, ...kind.field, look)
    const show = () => {
      const right = kind.right()
      note.replaceChildren("You said: ", ...kind.said(), ...(right ? [" So it is."] : [" It is: ", ...kind.is()]))
      field.after(note)
      field.disabled = seen.open = true
      look.hidden = true
      seen.hidden = false
      question.append(done)
    }
    const take = kept => {
      kind.take(kept)
      if (kept !== undefined && kind.answer() === kept) return show()
      field.disabled = seen.open = look.hidden = false
      seen.hidden = true
      note.remove()
      done.remove()
    }
    words.replaceWith(field)
    seen.append(forget)
    all.push({ take })
    take(remembered()[asked])
  }
})()
