/* Before the first paint: light, dark or as the device. Also tells CSS that scripts run. */
(() => {
  const root = document.documentElement;
  const asDevice = matchMedia("(prefers-color-scheme: dark)");
  /* Signed in, the server says what the person wants; before that, what this browser kept. */
  const wanted = () => {
    if (root.dataset.wanted) return root.dataset.wanted;
    try { return JSON.parse(localStorage.getItem("adminTheme")) || "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const theme = wanted();
    const isDark = theme === "dark" || (theme === "auto" && asDevice.matches);
    root.classList.toggle("dark", isDark);
    root.classList.toggle("light", !isDark);
    root.dataset.theme = theme;
  };
  root.classList.add("scripted");
  apply();
  asDevice.addEventListener("change", apply);
  window.engageTheme = (theme) => {
    root.dataset.wanted = theme;
    try { localStorage.setItem("adminTheme", JSON.stringify(theme)); } catch { /* a closed browser keeps nothing */ }
    apply();
  };
})();
