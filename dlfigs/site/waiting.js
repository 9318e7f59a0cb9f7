// Only under `mkdocs serve`, in a page with figures that are being computed: says how far they are. To ask
// tells the server what is being looked at. MkDocs itself reloads the page when the site has been built again.
const address = new URL(`status.json?page=${encodeURIComponent(location.pathname)}`, import.meta.url)
const states = [...document.querySelectorAll(".waiting-state")]
  .filter(state => state.textContent.startsWith("computing"))
const ask = async () => {
  if (document.visibilityState === "visible") {
    try {
      const { words } = await (await fetch(address)).json()
      for (const state of states) state.textContent = words
    } catch { // the server has ended
    }
  }
  setTimeout(ask, 1000)
}
setTimeout(ask, 1000)
