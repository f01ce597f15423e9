// Warns before the session is over, says the minutes that are left, and goes on without a new page: what was typed stays.

const idle = document.querySelector(".ndoo-idle");
if (idle) {
  const { over, warnBefore, stay, overAt } = idle.dataset;
  const left = idle.querySelector(".ndoo-minutes");
  let end;
  let told;

  const look = () => {
    const minutes = Math.ceil((end - Date.now()) / 60000);
    if (minutes <= 0) return location.assign(overAt);
    if (minutes <= warnBefore / 60) {
      left.textContent = minutes;
      idle.hidden = false;
    }
  };
  const begin = () => {
    end = Date.now() + over * 1000;
    idle.hidden = true;
    clearInterval(told);
    told = setInterval(look, 5000);
  };

  idle.querySelector("button").addEventListener("click", async () => {
    try {
      const answer = await fetch(stay, { redirect: "manual" });
      if (answer.status === 204) return begin();
    } catch {
      return; // the network failed: the warning stays
    }
    location.assign(overAt);
  });
  begin();
}
