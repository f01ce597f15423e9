"""A real browser on the real service: a page that asks another host for anything, or says anything in its console, fails."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, Response

WIDTHS = {"phone": 320, "tablet": 768, "desktop": 1280}
_WIDER = """() => new Promise(done => {
    const root = document.documentElement, wider = () => root.scrollWidth - root.clientWidth;
    let frames = 0;
    const look = () => (++frames > 2 && wider() <= 0) || frames > 300 ? done(wider()) : requestAnimationFrame(look);
    look();
})"""
"""How much wider the page is than the screen. The menu takes up what does not fit when the next frame is drawn: until then it stands beside
the page, so frames are waited for, not the clock. (`wait_for_function` is stopped by the page's own policy.)"""
_OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"region": {"enabled": False}},
    "resultTypes": ["violations"],  # else it finds a selector for each of the thousands of elements that pass
}
_AXE = Axe()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium. Never skipped: a journey that nobody walked proves nothing."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        raise RuntimeError("Chromium is missing: run make browser")
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
    ]
    return browser_type_launch_args | {"executable_path": path, "args": quiet}


@pytest.fixture(params=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Each journey is walked with JavaScript and without it."""
    return bool(request.param == "with scripts")


@pytest.fixture
def watched(browser: Browser, live_server: Any, scripts: bool) -> Iterator[Page]:
    """A page whose every request and console line is watched; paths are relative to the service."""
    context = browser.new_context(base_url=live_server.url, java_script_enabled=scripts)
    context.set_default_timeout(60_000)
    page, wrong = context.new_page(), []

    def asked(response: Response) -> None:
        if not response.url.startswith((live_server.url, "data:")):
            wrong.append(f"asked another host: {response.url}")
        if response.status >= 500:
            wrong.append(f"{response.status}: {response.url}")

    page.on("response", asked)

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # asked for by a page that was left before the answer came
            wrong.append(f"failed: {request.url}")

    page.on("requestfailed", failed)
    page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong


@pytest.fixture
def accessible(scripts: bool) -> Callable[..., None]:
    """Checks the page as it stands at three widths with axe, and that nothing has to be scrolled sideways."""

    def check(page: Page, *, widths: tuple[str, ...] = tuple(WIDTHS)) -> None:
        page.wait_for_load_state()  # a click may have left the page before
        for width in widths:
            page.set_viewport_size({"width": WIDTHS[width], "height": 900})
            if not scripts:
                continue  # axe is a script; the same page is checked in the other run
            wider = page.evaluate(_WIDER)
            assert wider <= 0, f"the page is {wider} pixels wider than a {width}"
            found = _AXE.run(page, options=_OPTIONS)
            assert not found.response["violations"], found.generate_report()

    return check
