/* The queue's two dialogs: which rule, by digit; and several cases at once, with their preview. */
window.Engage.ruleMenu = () => {
  const dialog = document.getElementById("rule-menu");
  const list = dialog.querySelector("ol");
  let choose = null;
  dialog.addEventListener("keydown", (event) => {
    const button = list.querySelectorAll("button")[Number(event.key) - 1];
    if (!button || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    button.click();
  });
  dialog.addEventListener("close", () => { choose = null; });
  /* Opens with the item's rules; ``then`` gets the chosen option of its select. */
  return (item, then) => {
    const options = [...item.querySelectorAll("select[name=category] option")];
    if (options.length < 2) return false;
    choose = then;
    list.replaceChildren(...options.map((option, index) => {
      const line = document.createElement("li"), button = document.createElement("button"), key = document.createElement("kbd");
      button.type = "button";
      button.className = "button";
      key.textContent = String(index + 1);
      button.append(key, ` ${option.dataset.rule}: ${option.dataset.reason}`);
      button.addEventListener("click", () => { const act = choose; dialog.close(); act?.(option); });
      line.append(button);
      return line;
    }));
    dialog.showModal();
    list.querySelector("button").focus();
    return true;
  };
};

window.Engage.several = (queue, onDone) => {
  const { send, toast } = window.Engage;
  const dialog = document.getElementById("several");
  const part = dialog.querySelector("[data-part]");

  /* Shows what would happen to these keys, or to all with one case's text. */
  async function preview(query, action = "") {
    let html = "";
    try {
      const answer = await fetch(`${queue.dataset.several}?${query}&part=1`);
      if (!answer.ok || answer.redirected) { toast(queue.dataset.textFailed, { isBad: true }); return; }
      html = await answer.text();
    } catch { toast(queue.dataset.textOffline, { isBad: true }); return; }
    part.innerHTML = html;
    dialog.showModal();
    (part.querySelector(`button[value=${action || "approve"}]`) ?? dialog.querySelector("button")).focus();
  }
  dialog.addEventListener("keydown", (event) => {
    if (/^(textarea|input)$/i.test(event.target.tagName) && event.target.type !== "checkbox") return;
    const action = { a: "approve", h: "hide", e: "escalate" }[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    part.querySelector(`button[value=${action}]`)?.click();
  });
  dialog.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches(".several-form")) return;
    event.preventDefault();
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    dialog.close();
    const { ok, data } = await send(form.getAttribute("action"), [...fields, ["action", event.submitter.value]]);
    if (!ok) { toast(data.error || queue.dataset.textFailed, { isBad: true }); return; }
    onDone(data);
  });
  return preview;
};
