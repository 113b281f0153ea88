/* Blind review: one key says what one thinks, the next sample is ready before the server answers. */
document.addEventListener("DOMContentLoaded", () => {
  const page = document.getElementById("review");
  if (!page) return;
  const { keys, send, toast, live } = window.Engage;
  const samples = () => [...page.querySelectorAll(".case")];
  const isDone = (item) => item.classList.contains("case-done");
  let at = -1;

  function pick(index) {
    const all = samples();
    if (!all.length) return;
    at = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((item, i) => item.classList.toggle("case-at", i === at));
    all[at].focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  }
  function pickNext() {
    const all = samples(), following = all.findIndex((item, i) => i > at && !isDone(item));
    const open = following >= 0 ? following : all.findIndex((item) => !isDone(item));
    if (open >= 0) { pick(open); return; }
    live(page.dataset.textEmpty);
    setTimeout(() => location.reload(), 1500);
  }
  async function say(item, finding) {
    const form = item?.querySelector(".review-form");
    if (!form || isDone(item)) return;
    item.classList.add("case-done");
    pickNext();
    const { ok, status, data } = await send(form.getAttribute("action"), { finding });
    if (ok) { live(data.message); return; }
    toast(data.error || page.dataset.textFailed, { isBad: true });
    if (status !== 409) { item.classList.remove("case-done"); pick(samples().indexOf(item)); }
  }

  page.addEventListener("submit", (event) => {
    if (!event.target.matches(".review-form")) return;
    event.preventDefault();
    const item = event.target.closest(".case");
    at = samples().indexOf(item);
    say(item, event.submitter.value);
  });
  const map = { j: () => pick(at + 1), k: () => pick(at - 1), ArrowDown: () => pick(at + 1), ArrowUp: () => pick(at - 1),
    a: () => say(samples()[at], "fine"), x: () => say(samples()[at], "unsure") };
  page.querySelectorAll(".case:first-child [data-mark]").forEach((button) => {
    map[button.dataset.mark] = () => say(samples()[at], button.value);
  });
  keys(map);
  if (samples().length) pick(0);
});
