/* What the gates ask of a page. Run in it by tests/browser/test_gates.py. */
window.gates = (() => {
  const REACHED = "a[href],button,input,select,textarea,summary,[tabindex]:not([tabindex='-1'])";
  const isShown = (el) => el.getClientRects().length > 0 && getComputedStyle(el).visibility !== "hidden";

  /* Elements that act on a click and cannot be focused; one main, one h1, one skip link. */
  function unreached() {
    const found = [...document.querySelectorAll("*")].filter((el) =>
      [...el.attributes].some((a) => /^(x-on:click|@click)(\.prevent)?$/.test(a.name)) &&
      el.id !== "changelist-filter-close" && !el.matches(REACHED)).map((el) => el.outerHTML.slice(0, 120));
    for (const [selector, count] of [["main", 1], ["h1", 1], ["a.skip", 1]]) {
      if (document.querySelectorAll(selector).length !== count) found.push(`not ${count} ${selector}`);
    }
    return found;
  }

  /* WCAG 2.4.11: what has the focus is not wholly under a bar that stays. */
  function covered() {
    const found = [];
    for (const el of document.querySelectorAll(`${REACHED},.case`)) {
      if (!isShown(el) || el.disabled || el.closest("dialog")) continue;
      el.focus();
      if (document.activeElement !== el) continue;
      const box = el.getBoundingClientRect();
      const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]];
      const isSeen = points.some(([x, y]) => {
        const at = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
        return at && (el === at || el.contains(at) || at.contains(el) || at.closest("label")?.control === el);
      });
      if (!isSeen && box.width > 1 && box.height > 1) found.push(el.outerHTML.slice(0, 120));
    }
    scrollTo(0, 0);
    document.activeElement?.blur();
    return found;
  }

  /* Every text and label a person meets, without data (bdi), code and icons. */
  function texts() {
    const found = new Set();
    const skip = "script,style,bdi,kbd,pre,code,noscript,.material-symbols-outlined,[lang]:not(html):not([lang='de']),.raw,.mono";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent.trim().replace(/\s+/g, " ");
      if (text && !node.parentElement.closest(skip)) found.add(text);
    }
    for (const el of document.querySelectorAll("[aria-label],[placeholder],[title]")) {
      if (el.closest(skip)) continue;
      for (const name of ["aria-label", "placeholder", "title"]) {
        const text = el.getAttribute(name)?.trim();
        if (text) found.add(text);
      }
    }
    return [...found];
  }
  /* Whether the theme follows the device within two seconds. */
  const dark = () => new Promise((done) => {
    const until = Date.now() + 2000;
    const look = () => {
      const isDark = document.documentElement.classList.contains("dark");
      if (isDark || Date.now() > until) done(isDark); else setTimeout(look, 5);
    };
    look();
  });
  return { unreached, covered, texts, dark };
})();
