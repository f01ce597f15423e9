// Warns before the session is over, says the minutes that are left, and goes on without a new page: what was typed stays.

const idle = document.querySelector(".ndoo-idle");
if (idle) {
  const { over, warnBefore, stay, overAt } = idle.dataset;
  const left = idle.querySelector(".ndoo-minutes");
  const more = idle.querySelector(".ndoo-more");
  const last = idle.querySelector(".ndoo-last");
  let end;
  let told;

  const look = () => {
    const minutes = Math.ceil((end - Date.now()) / 60000);
    if (minutes <= 0) return location.assign(overAt);
    idle.hidden = minutes > warnBefore / 60;
    if (!idle.hidden) left.textContent = minutes;
  };
  // With so few seconds at the beginning the whole limit is near: asking for more would give nothing.
  const begin = (seconds) => {
    end = Date.now() + seconds * 1000;
    more.hidden = seconds <= warnBefore;
    last.hidden = !more.hidden;
    clearInterval(told);
    told = setInterval(look, 5000);
    look();
  };

  idle.querySelector("button").addEventListener("click", async () => {
    try {
      const answer = await fetch(stay, { redirect: "manual" });
      if (answer.ok) return begin((await answer.json()).seconds_left);
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 410) location.assign(overAt);
    } catch {
      // the network failed: the warning stays, as it does where the service answers with a fault of its own
    }
  });
  begin(Number(over));
}
