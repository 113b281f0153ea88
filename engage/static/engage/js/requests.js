/* Passages about other people: a hides, k keeps the one in focus, or the first that is open. */
document.addEventListener("DOMContentLoaded", () => {
  const passages = [...document.querySelectorAll(".passage")];
  if (!passages.length) return;
  const open = passages.find((one) => one.dataset.open);
  const here = () => document.activeElement?.closest(".passage") ?? open;
  const choose = (value) => here()?.querySelector(`button[value="${value}"]`)?.click();
  window.Engage.keys({ a: () => choose("hide"), k: () => choose("keep") });
});
