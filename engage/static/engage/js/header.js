/* The header: running jobs, the kill switch's dialog, and the warning before the session ends. */
document.addEventListener("DOMContentLoaded", () => {
  const { send, live, toast } = window.Engage;

  /* Jobs: asked after the page stands, kept ten seconds so that quick clicks ask once. */
  const chip = document.getElementById("jobs-chip");
  async function jobs() {
    const key = `jobs:${chip.dataset.url}`;
    let found = null;
    try { found = JSON.parse(sessionStorage.getItem(key)); } catch { /* none kept */ }
    if (!found || Date.now() - found.at > 10000) {
      try {
        const answer = await fetch(chip.dataset.url);
        if (!answer.ok || answer.redirected) return;
        found = { at: Date.now(), ...(await answer.json()) };
        sessionStorage.setItem(key, JSON.stringify(found));
      } catch { return; }
    }
    chip.querySelector("[data-count]").textContent = found.active ? String(found.active) : "";
    chip.querySelector("[data-words]").textContent = found.words;
    chip.classList.toggle("chip-bad", found.worst === "failed");
    chip.classList.toggle("chip-brand", found.worst === "running");
  }
  if (chip) {
    jobs();
    setInterval(() => { if (!document.hidden) jobs(); }, 15000);
  }

  /* The kill switch: the form comes when it is asked for; without script the link opens the page. */
  const stop = document.getElementById("stop");
  document.querySelectorAll("[data-stop-open]").forEach((link) => link.addEventListener("click", async (event) => {
    if (!stop || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const box = stop.querySelector("[data-form]");
    try {
      const answer = await fetch(`${link.href}?${new URLSearchParams({ part: "form", next: location.pathname + location.search })}`);
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      box.innerHTML = await answer.text();
    } catch { location.assign(link.href); return; }
    stop.showModal();
    (box.querySelector("[name=reason]") || box.querySelector("a,button"))?.focus();
  }));

  /* Two minutes before the session ends there is time to stay. Tabs tell each other. */
  const dialog = document.getElementById("session");
  let endsAt = Number(document.body.dataset.sessionEnds || 0);
  if (!dialog || !endsAt) return;
  const WARNING = 120000;
  const others = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;
  const stay = (until) => { endsAt = Math.max(endsAt, until); if (dialog.open) dialog.close(); };
  others?.addEventListener("message", (event) => stay(Number(event.data)));
  others?.postMessage(endsAt);
  const left = dialog.querySelector("[data-left]");
  setInterval(() => {
    const seconds = Math.round((endsAt - Date.now()) / 1000);
    if (seconds * 1000 > WARNING) return;
    if (!dialog.open) { dialog.showModal(); live(dialog.dataset.warning); }
    dialog.classList.toggle("session-over", seconds <= 0);
    left.textContent = seconds > 0 ? String(seconds) : "0";
  }, 1000);
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const { ok, data } = await send(event.target.action, {});
    if (!ok) { location.reload(); return; }
    stay(data.ends_at);
    others?.postMessage(data.ends_at);
    toast(dialog.dataset.stayed);
  });
  dialog.addEventListener("cancel", (event) => { if (dialog.classList.contains("session-over")) event.preventDefault(); });
});
