"""Does the service keep up when many choose at once? `python -m benchmarks.journey [people]`, 50 by default.

The real service (`ndoo serve --demo`) on its default database; everybody walks from the start page to the receipt at
the same time, each with cookies of their own. Measured at the client, per request: once as people do, who read and type
one to three seconds a page, and once without a pause, as nobody does: then the pages wait for one another.
"""

from __future__ import annotations

import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import httpx2

READING = ((1.0, 3.0), (1.0, 3.0), (0.0, 0.0))
"""The rounds: between how many seconds somebody looks at a page."""

TAKEN = list[tuple[str, float]]


class Person:
    """Somebody with a browser, an address of their own and a watch."""

    def __init__(self, address: str, nth: int, number: str, reading: tuple[float, float]) -> None:
        self.browser = httpx2.Client(
            base_url=address,
            timeout=120,
            follow_redirects=False,
            headers={"X-Forwarded-For": f"192.0.2.{nth % 250 + 1}"},
        )
        self.nth, self.number, self.reading = nth, number, reading
        self.chance = random.Random(nth)
        self.taken: TAKEN = []

    def opens(self, path: str) -> str:
        """A page, with every page to which it leads on; each is timed by itself."""
        answer = self.timed("GET", path)
        while answer.is_redirect:
            path = answer.headers["location"]
            answer = self.timed("GET", path)
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code} at {path}")
        self.page = answer.text
        time.sleep(self.chance.uniform(*self.reading))
        return path

    def sends(self, path: str, **answers: str) -> str:
        """Press the button of the page that is open."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        if token is None:
            raise SystemExit(f"no form to send at {path}")
        answer = self.timed("POST", path, {"csrfmiddlewaretoken": token[1], **answers})
        if not answer.is_redirect:
            raise SystemExit(f"{answer.status_code} where {path} should lead on")
        return self.opens(answer.headers["location"])

    def timed(self, method: str, path: str, form: dict[str, str] | None = None) -> httpx2.Response:
        begin = time.perf_counter()
        answer = self.browser.request(method, path, data=form)
        self.taken.append((f"{method} {path}", time.perf_counter() - begin))
        return answer

    def chooses(self) -> TAKEN:
        """The whole journey. Nobody comes in the same instant as everybody else."""
        time.sleep(self.chance.uniform(*self.reading))
        self.opens("/")
        self.opens("/journey/")
        self.opens("/journey/name")
        self.sends("/journey/name", given_name="Bench", family_name=f"Person{letters(self.nth)}")
        self.sends("/journey/date-of-birth", born_day="5", born_month="7", born_year="1948")
        self.sends("/journey/know-your-nhs-number", knows_number="yes")
        self.sends("/journey/nhs-number", number=self.number)
        self.sends("/journey/how-to-send-your-code", way="email")
        at = self.sends("/journey/check-your-details")
        deadline = time.monotonic() + 120
        while not at.endswith("/code"):
            if time.monotonic() > deadline:
                raise SystemExit(f"the search never ended: at {at}")
            time.sleep(1)
            at = self.opens("/journey/finding")
        self.sends("/journey/code", code=newest_code(f"bench{self.nth}@example.org"))
        self.sends("/journey/choice", choice="opt_out" if self.nth % 2 else "allow")
        at = self.sends("/journey/review")
        if not at.endswith("/saved"):
            raise SystemExit(f"the choice was not saved: at {at}")
        return self.taken


def newest_code(address: str) -> str:
    """The code that was sent there, read where the demonstration keeps it: reading one's mail is no page."""
    from django.db import connection

    from ndoo.service.messages.models import DemonstrationMessage

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        message = DemonstrationMessage.objects.filter(address=address).first()
        connection.close()
        if message and (found := re.search(r"\b(\d{6})\b", f"{message.subject} {message.text}")):
            return found[1]
        time.sleep(0.2)
    raise SystemExit("a code never came")


def letters(nth: int) -> str:
    """A name for each."""
    return chr(ord("a") + nth // 26) + chr(ord("a") + nth % 26)


def register(people: int) -> list[str]:
    """Make that many people known; their numbers."""
    from ndoo.domain.nhs_number import NHSNumber, check_digit, read
    from ndoo.service import database

    database.ready()
    from ndoo.service.choices.identity import embedded
    from ndoo.service.choices.identity.people import Person as Known

    numbers: list[str] = []
    nine = 999_900_000
    while len(numbers) < people:
        nine += 1
        digit = check_digit(str(nine))
        number = read(f"{nine}{digit}") if digit is not None else None
        if isinstance(number, NHSNumber):
            nth = len(numbers)
            embedded.row(
                Known(number, "Bench", f"Person{letters(nth)}", date(1948, 7, 5), "XX1 1AA", f"bench{nth}@example.org")
            ).save()
            numbers.append(number.reveal())
    return numbers


def walk(people: int) -> None:
    """One crowd after the other; prints a few lines for each."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"NDOO_DATA": folder, "NDOO_HTTPS": "off", "NDOO_DEMO": "on", "NDOO_PROXIES": "1"}
        numbers = register(people * len(READING))
        command = [str(Path(sys.executable).parent / "ndoo"), "serve", "--demo", "--port", "0", "--json", "--quiet"]
        service = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            said = ""
            while not said.rstrip().endswith("}"):
                said += service.stdout.readline()  # type: ignore[union-attr]
            address = json.loads(said)["address"].rstrip("/")
            for at, reading in enumerate(READING):
                everybody = [
                    Person(address, nth, numbers[nth], reading) for nth in range(at * people, (at + 1) * people)
                ]
                begin = time.perf_counter()
                with ThreadPoolExecutor(people) as crowd:
                    taken = [one for walked in crowd.map(Person.chooses, everybody) for one in walked]
                whole = time.perf_counter() - begin
                print(
                    told(f"{people} people at once, {reading[0]:g} to {reading[1]:g} s a page", taken, whole),
                    flush=True,
                )
        finally:
            service.terminate()
            service.wait(60)


def told(heading: str, taken: TAKEN, whole: float) -> str:
    """One line, and the slowest kinds of page."""
    seconds = sorted(second for _, second in taken)
    p50, p95 = (statistics.quantiles(seconds, n=100)[at] * 1000 for at in (49, 94))
    kinds: dict[str, list[float]] = {}
    for kind, second in taken:
        kinds.setdefault(kind, []).append(second)
    slowest = sorted(kinds.items(), key=lambda kind: -statistics.median(kind[1]))[:3]
    return "\n".join(
        [
            f"{heading}: {len(taken)} pages in {whole:.1f} s, p50 {p50:.0f} ms, p95 {p95:.0f} ms",
            *(f"    {kind}: median {statistics.median(of) * 1000:.0f} ms" for kind, of in slowest),
        ]
    )


if __name__ == "__main__":
    walk(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
