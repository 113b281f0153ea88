/* The shell: keys, palette, menus, theme, toasts, and reach for unfold's mouse-only controls. */
window.Engage = (() => {
  const live = (text) => { const box = document.getElementById("live"); if (box) box.textContent = text; };

  function toast(text, { isBad = false, undo = null, undoLabel = "" } = {}) {
    const box = document.createElement("div");
    box.className = isBad ? "toast toast-bad" : "toast";
    box.setAttribute("role", isBad ? "alert" : "status");
    box.append(text);
    if (undo) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = undoLabel;
      button.addEventListener("click", undo);
      box.append(button);
    }
    const toasts = document.getElementById("toasts");
    toasts.replaceChildren(box);
    setTimeout(() => box.remove(), isBad ? 12000 : 8000);
  }

  /* Posts a form's fields, an object or pairs; gives {ok, status, data}. Errors come back in words. */
  async function send(url, fields) {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", token);
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
      const data = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      return { ok: answer.ok, status: answer.status, data };
    } catch {
      return { ok: false, status: 0, data: {} };
    }
  }

  /* on: letters alone; alt: with Alt; off: none. Keys that are no character always work. */
  const keyMode = () => document.body.dataset.keys || "on";
  const isTyping = (event) => {
    const at = event.target;
    return at.isContentEditable || /^(input|textarea|select)$/i.test(at.tagName) || event.ctrlKey || event.metaKey ||
      Boolean(document.querySelector("dialog[open]"));
  };
  /* The key as the map names it, or "" if it may not act. Alt changes the character on some
     machines, so the letter is taken from the place of the key then. */
  function keyOf(event) {
    if (isTyping(event)) return "";
    if (event.key.length > 1 && event.key !== "Dead") return event.altKey ? "" : event.key;
    const mode = keyMode();
    if (mode === "off" || event.altKey !== (mode === "alt")) return "";
    if (!event.altKey || /^[a-z0-9?!]$/i.test(event.key)) return event.key;
    const letter = /^Key([A-Z])$/.exec(event.code)?.[1] ?? "";
    return event.shiftKey ? letter : letter.toLowerCase();
  }

  /* Registers {key: action} for letters outside of fields. */
  function keys(map) {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || waitsForGo) return;
      const act = map[keyOf(event)];
      if (!act) return;
      event.preventDefault();
      act(event);
    });
  }

  let waitsForGo = false;
  function goKeys() {
    const go = document.getElementById("go");
    if (!go) return;
    const open = { b: "[data-places-open]", "!": "[data-stop-open]" };
    /* On a page where g means something alone, it does after a moment or when pressed twice. */
    const isAlone = () => Boolean(document.querySelector("[data-g-alone]"));
    const alone = () => { if (isAlone()) document.dispatchEvent(new CustomEvent("engage:g")); };
    let timer = 0;
    document.addEventListener("keydown", (event) => {
      if (["Shift", "Alt"].includes(event.key)) return;
      const key = keyOf(event);
      if (waitsForGo) {
        event.preventDefault();
        event.stopImmediatePropagation();
        waitsForGo = false;
        clearTimeout(timer);
        if (key === "g") alone();
        else if (open[key]) document.querySelector(open[key])?.click();
        else if (go.dataset[key]) location.assign(go.dataset[key]);
      } else if (key === "g") {
        waitsForGo = true;
        timer = setTimeout(() => { waitsForGo = false; alone(); }, isAlone() ? 600 : 1200);
      }
    }, true);
  }

  /* Keeps one of the person's own settings without leaving the page. */
  async function keep(name, value) {
    const url = document.body.dataset.settings;
    if (!url) return;
    const { ok, data } = await send(url, { [name]: value });
    if (data.message || data.error) toast(data.message || data.error, { isBad: !ok });
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (!dialog) return;
    const open = () => { dialog.showModal(); };
    document.querySelectorAll("[data-keys-open]").forEach((b) => b.addEventListener("click", open));
    keys({ "?": open });
    const box = dialog.querySelector("[data-keys-mode]");
    box.value = keyMode();
    box.addEventListener("change", () => { document.body.dataset.keys = box.value; keep("single_keys", box.value); });
  }

  /* A search field over a list of links that the server answers; the arrows walk the list. */
  function finder(id, openers, address, { findsAtOnce = false } = {}) {
    const dialog = document.getElementById(id);
    if (!dialog) return null;
    const term = dialog.querySelector("input"), hits = dialog.querySelector(".hits"), note = dialog.querySelector("[role=status]");
    let at = -1, timer = 0, newest = 0;
    const options = () => [...hits.querySelectorAll("[role=option]")];
    const pick = (index) => {
      const all = options();
      at = all.length ? (index + all.length) % all.length : -1;
      all.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
      if (at < 0) { term.removeAttribute("aria-activedescendant"); return; }
      term.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    };
    const search = async () => {
      const turn = ++newest;
      let html = "";
      try {
        const answer = await fetch(address(dialog, term.value));
        if (turn !== newest || !answer.ok || answer.redirected) return;
        html = await answer.text();
      } catch { return; }
      hits.innerHTML = html;
      const all = options();
      term.setAttribute("aria-expanded", String(all.length > 0));
      note.textContent = all.length ? String(all.length) : "";
      pick(0);
    };
    const open = (event) => {
      event?.preventDefault();
      if (!dialog.open) dialog.showModal();
      term.select();
      if (findsAtOnce) search();
    };
    document.querySelectorAll(openers).forEach((b) => b.addEventListener("click", (event) => {
      if (!event.ctrlKey && !event.metaKey && !event.shiftKey) open(event);
    }));
    term.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
    term.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); pick(at + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); pick(at - 1); }
      else if (event.key === "Enter") { event.preventDefault(); options()[at]?.click(); }
      else if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
    });
    return open;
  }

  function finders() {
    const palette = finder("palette", "[data-palette-open]", (dialog, term) => `${dialog.dataset.url}?${new URLSearchParams({ s: term })}`);
    if (palette) document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") palette(event);
    });
    finder("places", "[data-places-open]", (dialog, term) => {
      const at = dialog.dataset.at, home = `${at}admin/`;
      const screen = location.pathname.startsWith(home) ? location.pathname.slice(home.length) : "";
      return `${dialog.dataset.url}?${new URLSearchParams({ q: term, at, screen })}`;
    }, { findsAtOnce: true });
  }

  function menus() {
    const all = [...document.querySelectorAll("details[data-menu]")];
    document.addEventListener("click", (event) => {
      all.forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    });
    document.addEventListener("keydown", (event) => {
      const open = all.find((menu) => menu.open);
      if (event.key === "Escape" && open) { open.open = false; open.querySelector("summary").focus(); }
    });
    const show = () => document.querySelectorAll("button[data-theme]").forEach((b) =>
      b.setAttribute("aria-pressed", String(b.dataset.theme === document.documentElement.dataset.theme)));
    document.querySelectorAll("button[data-theme]").forEach((b) =>
      b.addEventListener("click", () => { window.engageTheme(b.dataset.theme); show(); keep("theme", b.dataset.theme); }));
    show();
  }

  /* unfold opens filters and closes popups by clicks on links without address and on spans. */
  const REACHED = "a[href],button,input,select,textarea,summary,[tabindex]";
  function reach(root) {
    root.querySelectorAll("*").forEach((el) => {
      if (el.matches(REACHED) || el.id === "changelist-filter-close") return;
      if (![...el.attributes].some((a) => /^(x-on:click|@click)(\.prevent)?$/.test(a.name))) return;
      el.tabIndex = 0;
      if (!el.querySelector(REACHED)) el.setAttribute("role", "button");
      el.addEventListener("keydown", (event) => {
        if (event.target === el && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); el.click(); }
      });
    });
    root.querySelectorAll("nav:not([aria-label])").forEach((nav) => nav.setAttribute("role", "group"));
  }

  document.addEventListener("DOMContentLoaded", () => {
    goKeys(); help(); finders(); menus(); reach(document.body);
  });
  return { toast, live, send, keys, keyOf };
})();
