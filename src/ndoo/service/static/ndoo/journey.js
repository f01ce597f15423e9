// Follows a search until it is done, and warns before the session is over. Every page works without it.

const finding = document.querySelector(".ndoo-finding");
if (finding) {
  const look = async () => {
    try {
      const { done } = await (await fetch(finding.dataset.progress)).json();
      if (done) return location.reload();
    } catch {
      // the network failed, or the session is over: the link on the page tells
    }
    setTimeout(look, 1000);
  };
  setTimeout(look, 500);
}

const idle = document.querySelector(".ndoo-idle");
if (idle) {
  setTimeout(() => {
    idle.setAttribute("role", "alert");
    idle.hidden = false;
  }, idle.dataset.warnAfter * 1000);
  setTimeout(() => location.assign(idle.dataset.overAt), idle.dataset.overAfter * 1000);
}
