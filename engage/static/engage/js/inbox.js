/* The desk: keys, template picker, sending without a page load, and news every 15 seconds. */
document.addEventListener("DOMContentLoaded", () => {
  const desk = document.getElementById("desk");
  if (!desk) return;
  const { keys, send, toast, live } = window.Engage;
  const rowsBox = document.getElementById("desk-rows"), log = document.getElementById("thread-log");
  const rows = () => [...rowsBox.querySelectorAll(".conv")];
  const current = () => rows().findIndex((row) => row.classList.contains("conv-at"));
  const isNarrow = () => matchMedia("(max-width: 860px)").matches;

  function pick(index) {
    const all = rows();
    if (!all.length) return;
    const at = Math.max(0, Math.min(index, all.length - 1));
    all.forEach((row, i) => row.classList.toggle("conv-at", i === at));
    all[at].focus({ preventScroll: true });
    all[at].scrollIntoView({ block: "nearest" });
  }
  const start = () => Math.max(rows().findIndex((row) => row.hasAttribute("aria-current")), current());
  const open = () => { const row = rows()[current()]; if (row) location.assign(row.href); };
  const next = () => {
    const all = rows(), at = all.findIndex((row) => row.hasAttribute("aria-current"));
    location.assign((all[at + 1] || all[at - 1])?.href || desk.dataset.listUrl);
  };

  /* Reply and note: one pane at a time. */
  const panes = [...document.querySelectorAll("[data-pane]")], modes = [...document.querySelectorAll("[data-mode]")];
  function mode(name, { focus = true } = {}) {
    panes.forEach((pane) => { pane.hidden = pane.dataset.pane !== name; if (pane.tagName === "DETAILS") pane.open = true; });
    modes.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.mode === name)));
    if (focus) panes.find((pane) => pane.dataset.pane === name)?.querySelector("textarea")?.focus();
  }
  modes.forEach((button) => button.addEventListener("click", () => mode(button.dataset.mode)));
  if (panes.length) mode(panes[0].dataset.pane, { focus: false });

  /* Drafts survive a reload; they leave this browser only when sent. */
  const text = document.getElementById("reply-text");
  const draftKey = `draft:${location.pathname}`;
  if (text) {
    text.value = sessionStorage.getItem(draftKey) || text.value;
    text.addEventListener("input", () => sessionStorage.setItem(draftKey, text.value));
  }

  document.querySelectorAll("#reply-form, #note-form").forEach((form) => {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = Object.fromEntries(new FormData(form, event.submitter));
      const buttons = form.querySelectorAll("button");
      buttons.forEach((b) => { b.disabled = true; });
      const { ok, data } = await send(form.getAttribute("action"), fields);
      buttons.forEach((b) => { b.disabled = false; });
      if (!ok) { toast(data.error || desk.dataset.textFailed, { isBad: true }); return; }
      form.querySelector("textarea").value = "";
      if (form.id === "reply-form") {
        sessionStorage.removeItem(draftKey);
        if (data.reply_id) form.elements.reply_id.value = data.reply_id;
      }
      toast(data.message);
      // What was sent settles within seconds; the next regular look would come late.
      [800, 2500, 6000, 10000].forEach((wait) => setTimeout(refreshLog, wait));
      if (fields.then === "close") next(); else refreshLog();
    });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.tagName !== "TEXTAREA") return;
    const form = event.target.form;
    if (form?.id !== "reply-form" && form?.id !== "note-form") return;
    event.preventDefault();
    form.requestSubmit(event.shiftKey ? form.querySelector("[data-then]") ?? undefined : undefined);
  });

  /* Templates: / at the start of a word opens the list. */
  const list = document.getElementById("templates");
  const options = () => (list ? [...list.children].filter((o) => !o.hidden) : []);
  let chosen = 0;
  const show = (index) => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : 0;
    [...list.children].forEach((o) => o.setAttribute("aria-selected", "false"));
    if (all[chosen]) {
      all[chosen].setAttribute("aria-selected", "true");
      all[chosen].scrollIntoView({ block: "nearest" });
      text.setAttribute("aria-activedescendant", all[chosen].id);
    }
  };
  const closeList = () => { list.hidden = true; text.setAttribute("aria-expanded", "false"); text.removeAttribute("aria-activedescendant"); };
  const insert = (option) => {
    text.value = text.value.replace(/\/[\p{L}\p{N}_-]*$/u, option.dataset.text);
    text.dispatchEvent(new Event("input"));
    closeList();
    text.focus();
  };
  if (text && list) {
    text.addEventListener("input", () => {
      const typed = text.value.slice(0, text.selectionEnd).match(/(?:^|\s)\/([\p{L}\p{N}_-]*)$/u);
      if (!typed || !list.children.length) { closeList(); return; }
      [...list.children].forEach((o) => { o.hidden = !o.dataset.shortcut.startsWith(typed[1]); });
      list.hidden = !options().length;
      text.setAttribute("aria-expanded", String(!list.hidden));
      show(0);
    });
    list.addEventListener("mousedown", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) { event.preventDefault(); insert(option); }
    });
  }
  text?.addEventListener("keydown", (event) => {
    if (list && !list.hidden) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); show(chosen + (event.key === "ArrowDown" ? 1 : -1)); return; }
      if ((event.key === "Enter" || event.key === "Tab") && !event.ctrlKey) { event.preventDefault(); insert(options()[chosen]); return; }
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); closeList(); return; }
    }
    if (event.key === "Escape") { text.blur(); rowsBox.focus(); }
  });
  document.getElementById("note-text")?.addEventListener("keydown", (event) => { if (event.key === "Escape") event.target.blur(); });

  const can = (id) => document.getElementById(id);
  keys({
    j: () => pick(start() + 1),
    k: () => pick(Math.max(0, start() - 1)),
    ArrowDown: () => pick(start() + 1),
    ArrowUp: () => pick(Math.max(0, start() - 1)),
    o: open,
    Escape: () => { if (desk.dataset.hasThread) location.assign(desk.dataset.listUrl); },
    r: () => { if (can("reply-form")) mode("reply"); },
    n: () => { if (can("note-form")) mode("note"); },
    d: () => { can("close-form")?.requestSubmit(); },
    m: () => { const form = can("assign-form"); if (form) { form.elements.to.value = "me"; form.requestSubmit(); } },
  });
  can("close-form")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { ok, data } = await send(event.target.getAttribute("action"), {});
    if (ok) next(); else toast(data.error || desk.dataset.textFailed, { isBad: true });
  });

  /* News: the log is replaced only when it changed and nobody edits in it; the list never jumps. */
  const part = (name) => { const url = new URL(location.href); url.searchParams.set("part", name); url.hash = ""; return url; };
  async function read(name) {
    try {
      const answer = await fetch(part(name), { headers: { "X-Requested-With": "fetch" } });
      return answer.ok && !answer.redirected ? await answer.text() : null;
    } catch { return null; }
  }
  let lastLog = null;
  async function refreshLog() {
    if (!log) return;
    let html = await read("thread");
    if (html === null) return;
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    const chips = fresh.querySelector("#fresh-chips"), head = document.getElementById("thread-chips");
    if (chips && head && head.innerHTML.trim() !== chips.innerHTML.trim()) head.innerHTML = chips.innerHTML;
    chips?.remove();
    html = fresh.innerHTML;
    const plain = html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
    if (plain === lastLog || log.contains(document.activeElement)) return;
    const wasAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
    if (lastLog !== null || plain !== log.innerHTML) log.innerHTML = html;
    lastLog = plain;
    if (wasAtEnd) log.scrollTop = log.scrollHeight;
  }
  const mark = (root) => root.querySelector(".convs")?.dataset.first || "";
  async function refreshList() {
    const html = await read("list");
    if (html === null) return;
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    if (mark(fresh) === mark(rowsBox)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = desk.dataset.textNew;
    button.addEventListener("click", () => { rowsBox.innerHTML = html; document.getElementById("desk-news").replaceChildren(); pick(0); });
    document.getElementById("desk-news").replaceChildren(button);
    live(desk.dataset.textNew);
  }
  setInterval(() => { if (!document.hidden) { refreshLog(); refreshList(); } }, 15000);
  if (log && !isNarrow()) log.scrollTop = log.scrollHeight;
});
