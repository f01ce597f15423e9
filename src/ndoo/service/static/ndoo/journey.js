// Follows a search until it is done. The page works without it.

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
