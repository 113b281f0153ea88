/* The queue: one key decides and the next case is ready before the server answers. */
document.addEventListener("DOMContentLoaded", () => {
  const queue = document.getElementById("queue");
  if (!queue) return;
  const { keys, send, toast, live } = window.Engage;
  const words = queue.dataset;
  const UNDONE = 20;
  const cases = () => [...queue.querySelectorAll(".case")];
  const isDone = (item) => item.classList.contains("case-done");
  const isFree = (item) => !isDone(item) && !("held" in item.dataset);
  const here = () => cases()[at];
  let at = -1, goesOn = 0;
  const acts = [];

  const calls = window.Engage.queueCalls(queue, {
    onTaken(item, data) {
      toast(data.error, { isBad: true });
      if (data.code === "case_taken") item.dataset.held = "";
      else gone(item);
      if (item === here()) pickNext();
    },
    onLost() { toast(words.textLost, { isBad: true }); },
    onGone: gone,
  });
  const menu = window.Engage.ruleMenu();
  const preview = window.Engage.several(queue, (data) => {
    data.decided.forEach((key) => document.getElementById(`c-${key}`)?.classList.add("case-done"));
    queue.querySelectorAll(".pick input:checked").forEach((box) => { box.checked = false; });
    countSelected();
    remember(data.undo, data.decided.map((key) => document.getElementById(`c-${key}`)).filter(Boolean));
    toast(data.message, data.undo.length ? { undo: takeBack, undoLabel: words.textUndo } : {});
    pickNext();
  });

  function pick(index) {
    const all = cases();
    if (!all.length) return;
    at = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((item, i) => item.classList.toggle("case-at", i === at));
    all[at].focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
    calls.come(all[at]);
  }
  function pickNext() {
    const all = cases(), following = all.findIndex((item, i) => i > at && isFree(item));
    const open = following >= 0 ? following : all.findIndex(isFree);
    if (open >= 0) { pick(open); return; }
    live(words.textEmpty);
    const more = document.getElementById("next-page");
    /* Not before the last act can have been taken back. */
    clearTimeout(goesOn);
    goesOn = setTimeout(() => (more ? location.assign(more.href) : location.reload()), acts.length ? 9000 : 2500);
  }
  function gone(item) {
    if (isDone(item)) return;
    item.classList.add("case-done");
    calls.show(item, "–", words.textGone);
    item.querySelector("[data-by]").textContent = words.textGone;
  }

  async function decide(item, action, rule = null) {
    const form = item?.querySelector(".case-form");
    if (!item || isDone(item)) return;
    if (item.dataset.proposal) { answer(item, action); return; }
    if (!form) return;
    if (item.dataset.locked && action !== "escalate") { toast(item.dataset.locked, { isBad: true }); return; }
    if (action === "hide" && !rule && !form.dataset.chosen && menu(item, (option) => decide(item, action, option))) return;
    const fields = { action, reason: rule ? rule.dataset.reason : form.elements.reason.value };
    const category = rule ? rule.value : form.elements.category?.value;
    if (category) fields.category = category;
    await post(item, form.getAttribute("action"), fields);
  }
  /* Of a proposal: h confirms, a refuses or withdraws. */
  async function answer(item, action) {
    const isOwn = item.dataset.proposal === "own";
    if (action === "hide" && isOwn) { toast(words.textOwn, { isBad: true }); return; }
    if (action === "hide") { await post(item, item.dataset.confirm, {}); return; }
    if (action !== "approve") return;
    const { ok, data } = await send(item.dataset.refuse, {});
    toast(ok ? data.message : data.error || words.textFailed, { isBad: !ok });
    if (ok) location.reload();
  }
  async function post(item, url, fields) {
    item.classList.add("case-done");
    calls.forget();
    pickNext();
    const { ok, status, data } = await send(url, fields);
    if (!ok) { failed(item, status, data); return; }
    if (data.undo) remember([data.undo], [item]);
    toast(data.message, data.undo ? { undo: takeBack, undoLabel: words.textUndo } : {});
  }
  /* The case comes back with what was written in it, unless a colleague decided it. */
  function failed(item, status, data) {
    const said = status === 403 || status === 404 ? words.textLost : status ? words.textFailed : words.textOffline;
    toast(status === 409 || status === 400 ? data.error || said : said, { isBad: true });
    if (data.code === "already_decided") return;
    item.classList.remove("case-done");
    if (data.code === "case_taken") item.dataset.held = "";
    else pick(cases().indexOf(item));
  }

  function remember(urls, items) {
    if (!urls.length) return;
    acts.push({ urls, items });
    if (acts.length > UNDONE) acts.shift();
  }
  async function takeBack() {
    clearTimeout(goesOn);
    const last = acts.pop();
    if (!last) { toast(words.textNothing); return; }
    const answers = await Promise.all(last.urls.map((url) => send(url, {})));
    const bad = answers.find((one) => !one.ok), first = bad ?? answers[0];
    toast(bad ? bad.data.error || words.textFailed : first.data.message, { isBad: Boolean(bad) });
    answers.forEach((one, i) => { if (one.ok && one.data.is_open) last.items[i]?.classList.remove("case-done"); });
    if (!bad && last.items.length) pick(cases().indexOf(last.items[0]));
  }

  const selected = () => [...queue.querySelectorAll(".pick input:checked")];
  function countSelected() {
    const box = queue.querySelector("[data-selected]"), count = selected().length;
    if (box) box.textContent = count ? words.textSelected.replace("%s", count) : "";
  }
  function act(action) {
    const chosen = selected();
    if (!chosen.length) { decide(here(), action); return; }
    preview(new URLSearchParams(chosen.map((box) => ["ids", box.value])), action);
  }
  const group = () => { if (here()) preview(new URLSearchParams({ group: here().dataset.key })); };

  function zen() {
    const isOn = queue.classList.toggle("zen");
    queue.querySelector("[data-zen]")?.setAttribute("aria-pressed", String(isOn));
    pick(Math.max(at, 0));
  }
  function veil() {
    const box = here()?.querySelector(".unveil input");
    if (box) { box.checked = !box.checked; cover(here()); }
  }
  /* What is blurred is not read aloud either. */
  function cover(item) {
    const box = item.querySelector(".unveil input");
    if (!box) return;
    item.querySelectorAll(".veiled").forEach((one) => one.setAttribute("aria-hidden", String(!box.checked)));
  }
  cases().forEach(cover);

  queue.addEventListener("change", (event) => {
    if (event.target.closest(".pick")) countSelected();
    const item = event.target.closest(".case");
    if (item && event.target.closest(".unveil")) cover(item);
    if (item && event.target.name === "category") {
      const form = event.target.form;
      form.dataset.chosen = "1";
      form.elements.reason.value = event.target.selectedOptions[0].dataset.reason;
    }
  });
  queue.addEventListener("input", (event) => { if (event.target.name === "reason") event.target.form.dataset.chosen = "1"; });
  queue.addEventListener("submit", (event) => {
    const item = event.target.closest(".case");
    if (event.target.id === "several-form") {
      event.preventDefault();
      act(event.submitter?.value);
      return;
    }
    if (!item || event.target.closest("dialog")) return;
    event.preventDefault();
    at = cases().indexOf(item);
    if (event.target.matches(".case-form")) decide(item, event.submitter.value);
    else decide(item, event.target.getAttribute("action") === item.dataset.confirm ? "hide" : "approve");
  });
  queue.addEventListener("click", (event) => {
    const item = event.target.closest(".case"), step = event.target.closest("[data-step]");
    if (event.target.closest("[data-zen]")) zen();
    else if (step) pick(at + Number(step.dataset.step));
    else if (event.target.closest("[data-group]")) { event.preventDefault(); at = cases().indexOf(item); group(); }
  });
  document.addEventListener("engage:g", group);
  keys({
    j: () => pick(at + 1),
    k: () => pick(at - 1),
    ArrowDown: () => pick(at + 1),
    ArrowUp: () => pick(at - 1),
    a: () => act("approve"),
    h: () => act("hide"),
    e: () => act("escalate"),
    u: takeBack,
    x: () => { const box = here()?.querySelector(".pick input"); if (box) { box.checked = !box.checked; countSelected(); } },
    z: zen,
    b: veil,
    H: () => {
      const form = here()?.querySelector(".case-form");
      if (!form) return;
      form.querySelector("details").open = true;
      form.elements.reason.focus();
    },
  });
  if (cases().length) pick(Math.max(0, cases().findIndex(isFree)));
});
