/* A job's page: asks every two seconds how far it is; goes on asking when the server is away. */
document.addEventListener("DOMContentLoaded", () => {
  const job = document.getElementById("job");
  if (!job || job.dataset.hasEnded) return;
  const bar = document.getElementById("job-progress");
  const timer = setInterval(async () => {
    try {
      const answer = await fetch(job.dataset.url);
      if (!answer.ok) return;
      const state = await answer.json();
      document.getElementById("job-state").textContent = state.words;
      document.getElementById("job-rows").textContent = state.total === null ? String(state.done) : `${state.done} / ${state.total}`;
      const speed = document.getElementById("job-speed");
      if (speed && state.speed !== undefined) speed.textContent = state.speed;
      if (state.total) { bar.max = state.total; bar.value = state.done; }
      if (state.has_ended) { clearInterval(timer); location.reload(); }
    } catch { /* the next try may reach it */ }
  }, 2000);
});
