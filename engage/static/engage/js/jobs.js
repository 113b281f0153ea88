/* The jobs centre: asks every three seconds while something runs, every thirty otherwise. */
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("jobs");
  if (!box) return;
  let active = Boolean(box.dataset.active), last = "";
  const plain = (html) => html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
  async function refresh() {
    if (!document.hidden && !box.contains(document.activeElement)) {
      try {
        const answer = await fetch("?part=list", { headers: { "X-Requested-With": "fetch" } });
        if (answer.ok && !answer.redirected) {
          const html = await answer.text();
          if (plain(html) !== last) {
            const wasActive = active;
            box.innerHTML = html;
            active = Boolean(box.querySelector("[data-active]")?.dataset.active);
            if (wasActive && !active) window.Engage.live(box.dataset.textChanged);
          }
          last = plain(html);
        }
      } catch { /* the next try may reach it */ }
    }
    setTimeout(refresh, active ? 3000 : 30000);
  }
  setTimeout(refresh, active ? 3000 : 30000);
});
