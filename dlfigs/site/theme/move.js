// Figures that can be moved: without this script a line says how to make the others. With it there are dials;
// the first touch fetches all drawings at once, and then what differs between two of them is exchanged.
;(() => {
  if (location.protocol === "file:") return // from disk no script can read a file
  const make = (tag, about, ...parts) => {
    const element = Object.assign(document.createElement(tag), about)
    element.append(...parts)
    return element
  }
  const written = text => text.replace(/^-/, "−")

  // Make an element what another one is, and leave what is the same
  const exchange = (old, now) => {
    if (old.isEqualNode(now)) return
    const [children, others] = [[...old.childNodes], [...now.childNodes]]
    if (old.nodeType !== Node.ELEMENT_NODE || old.nodeName !== now.nodeName || children.length !== others.length)
      return old.replaceWith(now)
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name)
    for (const { name, value } of [...now.attributes]) old.setAttribute(name, value)
    children.forEach((child, place) => exchange(child, others[place]))
  }

  for (const box of document.querySelectorAll(".moves[data-dials]")) {
    const figure = box.closest("figure"), dials = JSON.parse(box.dataset.dials)
    const said = make("p", { className: "moves-said" })
    said.setAttribute("role", "status")
    const address = box.querySelector("a").href
    let fetched
    const fetchOnce = () => fetched ??= fetch(address).then(answer => {
      if (!answer.ok) throw new Error(answer.status)
      return answer.json()
    }).catch(error => { fetched = undefined; throw error })

    const controls = dials.map(dial => {
      const shown = dial.values.map(written)
      const control = dial.ordered
        ? make("input", { type: "range", min: 0, max: dial.values.length - 1, step: 1, value: dial.at })
        : make("select", {}, ...shown.map((text, place) => make("option", { value: place, textContent: text })))
      control.value = dial.at
      const value = make("span", { className: "moves-value", ariaHidden: "true" })
      const show = () => {
        if (!dial.ordered) return
        value.textContent = shown[control.value]
        control.setAttribute("aria-valuetext", shown[control.value])
      }
      show()
      const label = make("label", {}, make("span", {}, `${dial.label} `, ...(dial.ordered ? [value] : [])), control)
      return { dial, control, label, show, words: () => `${dial.label} ${shown[control.value]}` }
    })
    const back = make("button", { type: "button", className: "predict-button", textContent: "As in the text", disabled: true })
    const legend = make("legend", { className: "predict-hidden", textContent: `Move the figure: ${box.dataset.title}` })

    const place = () => controls.reduce((sum, { dial, control }) => sum * dial.values.length + Number(control.value), 0)
    const own = place()
    const show = (whole, at) => {
      const { title, numbers, claims, broken, drawing } = whole.positions[at]
      const lines = drawing.flatMap(([first, last]) => whole.lines.slice(first, last + 1))
      const text = lines.join("\n").replaceAll(`${whole.slug}--`, `${figure.id}--`)
      const now = new DOMParser().parseFromString(text, "text/html").querySelector("svg")
      exchange(figure.querySelector("svg.drawing"), document.importNode(now, true))
      figure.querySelectorAll("figcaption .moves-number").forEach((number, k) => {
        number.textContent = numbers[k]
        number.classList.toggle("moves-changed", numbers[k] !== whole.positions[own].numbers[k])
      })
      const head = figure.querySelector("figcaption strong")
      if (head) head.textContent = `${title}.`
      back.disabled = at === own
      const settings = controls.map(({ words }) => words()).join(", ")
      const held = broken.length
        ? `${claims - broken.length} of ${claims} claims hold here. ${broken.map(one => `${one[0].toUpperCase()}${one.slice(1)}.`).join(" ")}`
        : `All ${claims} claims hold here.`
      said.textContent = `With ${settings}: ${held}`
    }
    const follow = async () => {
      for (const { show } of controls) show()
      try {
        const whole = await fetchOnce()
        show(whole, place()) // where the dials are now
      } catch {
        said.textContent = "The other drawings cannot be fetched now. Move again to try again."
      }
    }
    for (const { control } of controls) {
      for (const touch of ["pointerenter", "focus"]) control.addEventListener(touch, () => fetchOnce().catch(() => {}))
      control.addEventListener("input", follow)
    }
    back.addEventListener("click", () => {
      for (const { dial, control } of controls) control.value = dial.at
      controls[0].control.focus()
      follow()
    })
    box.replaceChildren(make("fieldset", { className: "moves-dials" }, legend, ...controls.map(({ label }) => label), back), said)
  }
})()
