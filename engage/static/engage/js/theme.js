/* Before the first paint: light, dark or as the device. Also tells CSS that scripts run. */
(() => {
  const root = document.documentElement;
  const asDevice = matchMedia("(prefers-color-scheme: dark)");
  const wanted = () => {
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
    localStorage.setItem("adminTheme", JSON.stringify(theme));
    apply();
  };
})();
