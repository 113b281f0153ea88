/* The queue's calls beside decisions: leases with their heartbeat, context in place, news. */
window.Engage.queueCalls = (queue, { onTaken, onLost, onGone }) => {
  const { send, toast } = window.Engage;
  const WAIT_MS = 150, NEWS_MS = 10000;
  const address = (name, item) => queue.dataset[name].replace(queue.dataset.noCase, item.dataset.key);
  let held = null, beat = 0, soon = 0;

  const isOpen = (item) => item && item.querySelector(".case-form, [data-proposal]") && !item.classList.contains("case-done") && !("held" in item.dataset);

  /* Whoever comes to a case gets it after a moment: running past it with j takes nothing. */
  function come(item) {
    clearTimeout(soon);
    if (held && held !== item) leave();
    soon = setTimeout(() => { if (isOpen(item)) take(item); unfold(item); }, WAIT_MS);
  }
  async function take(item) {
    const { ok, status, data } = await send(address("take", item), {});
    if (!ok) { refused(item, status, data); return; }
    clearInterval(beat);
    held = item;
    beat = setInterval(renew, 1000 * Number(queue.dataset.renewS));
    if (data.pause) {
      const note = document.getElementById("pause");
      note.textContent = data.pause;
      note.hidden = false;
    }
  }
  async function renew() {
    const item = held;
    if (!item || document.hidden) return;
    const { ok, status, data } = await send(address("take", item), { renew: 1 });
    if (!ok && status && held === item) { forget(); refused(item, status, data); }
  }
  function refused(item, status, data) {
    if (status === 409) onTaken(item, data);
    else if (status === 403 || status === 404) onLost(item);
  }
  /* A decided case needs no release: its lease ended with it. */
  function forget() { clearInterval(beat); held = null; }
  function leave() {
    if (!held) return;
    const token = queue.querySelector("input[name=csrfmiddlewaretoken]").value;
    navigator.sendBeacon(address("release", held), new URLSearchParams({ csrfmiddlewaretoken: token }));
    forget();
  }
  window.addEventListener("pagehide", leave);

  async function unfold(item) {
    const box = item?.querySelector(".case-context");
    if (!box || box.dataset.asked || box.childElementCount) { if (box) box.hidden = false; return; }
    box.dataset.asked = "1";
    try {
      const answer = await fetch(address("context", item));
      if (answer.ok && !answer.redirected) { box.innerHTML = await answer.text(); box.hidden = false; }
    } catch { delete box.dataset.asked; }
  }

  /* Who has what open, and what is gone. The list itself never jumps. */
  async function news() {
    const items = [...queue.querySelectorAll(".case:not(.case-done)")];
    if (document.hidden || !items.length || !document.getElementById("queue-title")) return;
    const query = new URLSearchParams(items.map((item) => ["ids", item.dataset.key]));
    try {
      const answer = await fetch(`${queue.dataset.news}?${query}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      const told = await answer.json();
      document.getElementById("queue-title").textContent = told.title;
      items.forEach((item) => {
        const one = told.cases[item.dataset.key];
        if (!one || one.state !== "open") { if (item !== held) onGone(item); }
        else {
          const wasHeld = "held" in item.dataset;
          show(item, one.by, one.name);
          if (wasHeld && !one.by && item.classList.contains("case-at")) come(item);
        }
      });
    } catch { /* asked again soon */ }
  }
  function show(item, by, name) {
    const chip = item.querySelector("[data-by]");
    item.toggleAttribute("data-held", Boolean(by));
    chip.hidden = !by;
    chip.textContent = by ? `${by} ${queue.dataset.textOpen.replace("%s", name)}` : "";
    chip.title = name;
  }
  setInterval(news, NEWS_MS);
  return { come, leave, forget, show, isOpen, say: toast };
};
