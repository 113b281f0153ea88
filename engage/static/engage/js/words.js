/* Tries a message while it is typed, with the word in the form as if it were stored. */
document.addEventListener("DOMContentLoaded", () => {
  const trial = document.getElementById("try-form");
  const answer = document.getElementById("try-answer");
  if (!trial || !answer) return;
  const draft = document.getElementById("word-form");
  let timer;
  let asked = 0;
  const ask = async () => {
    const mine = (asked += 1);
    const body = new FormData(trial);
    if (draft) for (const [name, value] of new FormData(draft)) if (name !== "csrfmiddlewaretoken") body.set(name, value);
    try {
      const response = await fetch(trial.action, { method: "POST", body, headers: { Accept: "application/json" } });
      if (!response.ok || mine !== asked) return;
      const told = await response.json();
      const words = document.createElement("b");
      words.textContent = told.words;
      const why = document.createElement("p");
      why.className = "subtle";
      why.textContent = [told.rule, told.matched].filter(Boolean).join(" · ");
      const first = document.createElement("p");
      first.append(words);
      answer.replaceChildren(first, why);
    } catch { /* the button asks again */ }
  };
  const soon = () => { clearTimeout(timer); timer = setTimeout(ask, 250); };
  trial.addEventListener("input", soon);
  if (draft) draft.addEventListener("input", () => { if (trial.elements.text.value) soon(); });
  trial.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
});
