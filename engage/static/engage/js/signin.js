/* Sign-in pages: a key that does not answer is told in words, not only on the console. */
document.addEventListener("allauth.error", (event) => {
  const problem = document.getElementById("signin-problem");
  if (!problem) return;
  event.preventDefault();
  problem.textContent = problem.dataset.words;
  problem.hidden = false;
});
