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

  /* Posts a form's fields; gives {ok, status, data}. Errors come back in words. */
  async function send(url, fields) {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const body = new URLSearchParams({ ...fields, csrfmiddlewaretoken: token });
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" } });
      const data = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      return { ok: answer.ok, status: answer.status, data };
    } catch {
      return { ok: false, status: 0, data: {} };
    }
  }

  const keysAreOn = () => localStorage.getItem("singleKeys") !== "off";
  const isTyping = (event) => {
    const at = event.target;
    return at.isContentEditable || /^(input|textarea|select)$/i.test(at.tagName) || event.ctrlKey || event.metaKey ||
      event.altKey || Boolean(document.querySelector("dialog[open]"));
  };

  /* Registers {key: action} for letters outside of fields. */
  function keys(map) {
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || isTyping(event) || !keysAreOn() || waitsForGo) return;
      const act = map[event.key];
      if (!act) return;
      event.preventDefault();
      act(event);
    });
  }

  let waitsForGo = false;
  function goKeys() {
    const go = document.getElementById("go");
    if (!go) return;
    document.addEventListener("keydown", (event) => {
      if (isTyping(event) || !keysAreOn()) return;
      if (waitsForGo) {
        event.preventDefault();
        event.stopImmediatePropagation();
        waitsForGo = false;
        if (event.key === "b") {
          location.hash = "nav-sidebar";
          const menu = document.querySelector(".switcher");
          menu.open = true;
          menu.querySelector("a")?.focus();
        } else if (go.dataset[event.key]) location.assign(go.dataset[event.key]);
      } else if (event.key === "g") {
        waitsForGo = true;
        setTimeout(() => { waitsForGo = false; }, 1200);
      }
    }, true);
  }

  function help() {
    const dialog = document.getElementById("keys");
    if (!dialog) return;
    const open = () => { dialog.showModal(); };
    document.querySelectorAll("[data-keys-open]").forEach((b) => b.addEventListener("click", open));
    keys({ "?": open });
    const box = dialog.querySelector("[data-keys-switch]");
    box.checked = keysAreOn();
    box.addEventListener("change", () => localStorage.setItem("singleKeys", box.checked ? "on" : "off"));
  }

  function palette() {
    const dialog = document.getElementById("palette");
    if (!dialog) return;
    const term = dialog.querySelector("input"), hits = dialog.querySelector("#palette-hits"), note = dialog.querySelector("#palette-note");
    let at = -1, timer = 0, newest = 0;
    const options = () => [...hits.querySelectorAll("[role=option]")];
    const pick = (index) => {
      const all = options();
      at = all.length ? (index + all.length) % all.length : -1;
      all.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
      if (at >= 0) { term.setAttribute("aria-activedescendant", all[at].id); all[at].scrollIntoView({ block: "nearest" }); }
    };
    const search = async () => {
      const turn = ++newest;
      const answer = await fetch(`${dialog.dataset.url}?s=${encodeURIComponent(term.value)}`);
      if (turn !== newest || !answer.ok) return;
      hits.innerHTML = await answer.text();
      const all = options();
      term.setAttribute("aria-expanded", String(all.length > 0));
      note.textContent = all.length ? String(all.length) : "";
      pick(0);
    };
    const open = () => { if (!dialog.open) dialog.showModal(); term.select(); };
    document.querySelectorAll("[data-palette-open]").forEach((b) => b.addEventListener("click", open));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
    });
    term.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 200); });
    term.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); pick(at + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); pick(at - 1); }
      else if (event.key === "Enter") { event.preventDefault(); options()[at]?.click(); }
      else if (event.key === "Escape") { event.preventDefault(); dialog.close(); }
    });
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
      b.addEventListener("click", () => { window.engageTheme(b.dataset.theme); show(); }));
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
    goKeys(); help(); palette(); menus(); reach(document.body);
  });
  return { toast, live, send, keys, isTyping, keysAreOn };
})();
