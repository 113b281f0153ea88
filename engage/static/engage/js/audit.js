/* The audit trail: copies the address of an entry. Without a clipboard the address stands in the bar. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(new URL(button.dataset.copy, location.href).href);
    button.textContent = button.dataset.done;
  } catch { location.assign(button.dataset.copy); }
});
