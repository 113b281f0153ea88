/* The queue: one key decides and the next case is ready before the server answers. */
document.addEventListener("DOMContentLoaded", () => {
  const queue = document.getElementById("queue");
  if (!queue) return;
  const { keys, send, toast, live } = window.Engage;
  const cases = () => [...queue.querySelectorAll(".case")];
  const isDone = (item) => item.classList.contains("case-done");
  let at = -1, lastUndo = null, leaseTimer = 0;

  function pick(index) {
    const all = cases();
    if (!all.length) return;
    at = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((item, i) => item.classList.toggle("case-at", i === at));
    all[at].focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
    clearTimeout(leaseTimer);
    leaseTimer = setTimeout(() => take(all[at]), 400);
  }
  async function take(item) {
    if (isDone(item) || !item.querySelector(".case-form")) return;
    const { status, data } = await send(item.dataset.take, {});
    if (status === 409) toast(data.error, { isBad: true });
  }
  function pickNext() {
    const all = cases(), following = all.findIndex((item, i) => i > at && !isDone(item));
    const open = following >= 0 ? following : all.findIndex((item) => !isDone(item));
    if (open >= 0) { pick(open); return; }
    live(queue.dataset.textEmpty);
    const more = document.getElementById("next-page");
    setTimeout(() => (more ? location.assign(more.href) : location.reload()), 1500);
  }

  async function decide(item, action) {
    const form = item?.querySelector(".case-form");
    if (!form || isDone(item)) return;
    item.classList.add("case-done");
    pickNext();
    const { ok, status, data } = await send(form.getAttribute("action"), { action, reason: form.elements.reason.value });
    if (!ok) {
      toast(data.error || queue.dataset.textFailed, { isBad: true });
      if (status !== 409) { item.classList.remove("case-done"); pick(cases().indexOf(item)); }
      return;
    }
    lastUndo = data.undo ? { url: data.undo, item } : lastUndo;
    toast(data.message, data.undo ? { undo: takeBack, undoLabel: queue.dataset.textUndo } : {});
  }
  async function takeBack() {
    if (!lastUndo) { toast(queue.dataset.textNothing); return; }
    const { url, item } = lastUndo;
    lastUndo = null;
    const { ok, data } = await send(url, {});
    toast(ok ? data.message : data.error || queue.dataset.textFailed, { isBad: !ok });
    if (ok) pick(cases().indexOf(item));
  }

  queue.addEventListener("submit", (event) => {
    if (!event.target.matches(".case-form")) return;
    event.preventDefault();
    const item = event.target.closest(".case");
    at = cases().indexOf(item);
    decide(item, event.submitter.value);
  });
  const here = () => cases()[at];
  keys({
    j: () => pick(at + 1),
    k: () => pick(at - 1),
    ArrowDown: () => pick(at + 1),
    ArrowUp: () => pick(at - 1),
    a: () => decide(here(), "approve"),
    h: () => decide(here(), "hide"),
    e: () => decide(here(), "escalate"),
    u: takeBack,
    H: () => {
      const form = here()?.querySelector(".case-form");
      if (!form) return;
      form.querySelector("details").open = true;
      form.elements.reason.focus();
    },
  });
  if (cases().length) pick(0);
});
