"""Whoever uses the whole service while it is disturbed: patients, an officer with extracts, a system with lists; and its processes."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
import tomllib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.numbers import some
from tests.support.organisation import Organisation, sends

COMES_BACK_WITHIN = 240
"""Seconds; no measure of how fast this is, only of when a test is given up."""


class Untrue(Exception):
    """The service said something that is not so."""


class Refused(Exception):
    """A page or an answer that did not come; whoever asked begins again."""


@dataclass
class Person:
    """Somebody whom the demonstration knows.

    Attributes:
        saved: what they were told was saved, in order.
        tried: how often they chose.
        certain: what the register must say of them; None while nobody can know.
    """

    number: str
    given_name: str
    family_name: str
    born: date
    email: str
    begins: str
    """What they had chosen before."""
    earlier: int = 0
    """Choices before the first of `saved`."""
    saved: list[str] = field(default_factory=list)
    tried: int = 0
    certain: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.certain = self.begins


def everybody() -> list[Person]:
    """The people of the demonstration, as it begins."""
    text = (files("ndoo.service.choices") / "demonstration.toml").read_text("utf-8")
    return [
        Person(
            one["nhs_number"],
            one["given_name"],
            one["family_name"],
            one["born"],
            one.get("email", ""),
            one["choices"][-1]["choice"] if one.get("choices") else "allow",
            len(one.get("choices", ())),
        )
        for one in tomllib.loads(text)["person"]
    ]


@dataclass
class Patient:
    """Somebody who changes their mind again and again."""

    browser: httpx2.Client
    person: Person

    def proves_who_she_is(self) -> None:
        """From the start page to the choice, with the code from the demonstration's messages."""
        go, who = self.browser, self.person
        go.get("/journey/")
        sends(go, "/journey/name", given_name=who.given_name, family_name=who.family_name)
        day = {"born_day": str(who.born.day), "born_month": str(who.born.month), "born_year": str(who.born.year)}
        sends(go, "/journey/date-of-birth", **day)
        sends(go, "/journey/know-your-nhs-number", knows_number="yes")
        sends(go, "/journey/nhs-number", number=who.number)
        sends(go, "/journey/how-to-send-your-code", way="email")
        sends(go, "/journey/check-your-details")
        until(lambda: go.get("/journey/finding").url.path == "/journey/code", "the search")
        code: list[str] = []

        def came() -> bool:
            letter = go.get("/demo/messages").text.partition(f"To {who.email}<")[2]
            code[:] = re.findall(r"\b(\d{6})\b", letter)
            return bool(code)

        until(came, "the code")
        assert sends(go, "/journey/code", code=code[0]).url.path == "/journey/choice"

    def has_saved_more_than(self, many: int) -> bool:
        return len(self.person.saved) > many

    def chooses(self) -> bool:
        """The other choice than the last; was she told that it is saved?"""
        who = self.person
        choice = "allow" if [who.begins, *who.saved][-1] == "opt_out" else "opt_out"
        who.certain = None
        who.tried += 1
        try:
            sends(self.browser, "/journey/choice", choice=choice)
            told = sends(self.browser, "/journey/review")
        except (httpx2.HTTPError, AssertionError):  # a page that failed has no form: she begins again
            return False
        if told.status_code != 200 or told.url.path != "/journey/saved":
            return False
        who.saved.append(choice)
        who.certain = choice
        return True


@dataclass
class Certain:
    """What must be said of people whose choice nobody changes meanwhile."""

    people: Sequence[Person]

    def __post_init__(self) -> None:
        self._then = [(one.tried, one.certain) for one in self.people]

    def judge(self, allowed: set[str], what: str) -> None:
        """Raises Untrue where somebody is among the allowed who opted out, or left out who did not."""
        for one, (tried, certain) in zip(self.people, self._then, strict=True):
            settled = certain is not None and (one.tried, one.certain) == (tried, certain)
            if settled and (one.number in allowed) != (certain == "allow"):
                raise Untrue(f"{what} says of somebody the other of {certain}")


@dataclass
class Officer:
    """Somebody of the staff who has extracts upheld by the register, and takes what came of them."""

    browser: httpx2.Client
    people: Sequence[Person]
    name: str = "grace.governance"
    asked: int = 0
    released: int = 0
    nothing: int = 0
    """Jobs of which was said that nothing was released."""

    def signs_in(self) -> None:
        """With the code that stands on the page of the demonstration's accounts."""
        password = re.search(
            r'class="ndoo-code" translate="no">([a-z ]+)</strong>', self.browser.get("/demo/staff").text
        )
        assert password
        page = sends(self.browser, "/staff/sign-in", username=self.name, password=password[1])
        assert page.url.path == "/staff/second-factor", page.url.path
        code = re.search(
            rf'{self.name}</span>.*?translate="no">(\d{{6}})</span>', self.browser.get("/demo/staff").text, re.DOTALL
        )
        assert code
        assert sends(self.browser, "/staff/second-factor", code=code[1]).url.path == "/staff/"

    def upholds(self) -> None:
        """One extract, from its upload to the file that came back.

        Raises:
            Refused: there was no answer. Untrue: what came back is half, or not what its page says.
        """
        known = [one.number for one in self.people]
        others = [number for number in some(900, seed=24) if number not in known]
        lines = ["nhs_number,visit", *(f"{number},{at}" for at, number in enumerate([*known, *others]))]
        form = self._form("/staff/jobs/new")
        extract = {"extract": ("visits.csv", "".join(f"{line}\r\n" for line in lines).encode(), "text/csv")}
        said = {"released_for": "trial", "against": "register", "undecided": "hold"}
        certain = Certain(self.people)
        job = self.browser.post("/staff/jobs/new", data=form | said, files=extract)
        if not re.fullmatch(r"/staff/jobs/[0-9a-f-]{36}", job.url.path):
            raise Refused
        self.asked += 1
        path = job.url.path
        until(lambda: not re.search(r"nhsuk-tag--(grey|blue)", self._page(path)), "the end of a job")
        page = self._page(path)
        if "nhsuk-tag--red" in page:
            self.nothing += 1
            if self.browser.post(f"{path}/result", data=self._form(path)).status_code == 200:
                raise Untrue("a job that released nothing has a file")
            return
        self._takes(path, page, lines, certain)

    def _takes(self, path: str, page: str, lines: list[str], certain: Certain) -> None:
        evidence = re.search(r"/staff/evidence/[0-9a-f-]{36}", page)
        if not evidence:
            raise Refused
        manifest = json.loads(_whole(self.browser.get(f"{evidence[0]}/manifest")).text)
        answer = _whole(self.browser.post(f"{path}/result", data=self._form(path)))
        kept = answer.content.decode().split("\r\n")
        if kept.pop() != "" or len(kept) - 1 != manifest["rows"]["kept"]:
            raise Untrue("a released file is not as long as its manifest says")
        rest = iter(lines)
        if not all(line in rest for line in kept):
            raise Untrue("a released file holds what was not in the extract")
        certain.judge({line.partition(",")[0] for line in kept[1:]}, "a released file")
        self.released += 1

    def _page(self, path: str) -> str:
        answer = _whole(self.browser.get(path))
        if answer.url.path != path:
            raise AssertionError(answer.url.path)
        return answer.text

    def _form(self, path: str) -> dict[str, str]:
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self._page(path))
        if not token:
            raise Refused
        return {"csrfmiddlewaretoken": token[1]}


def _whole(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code != 200:
        raise Refused
    return answer


@dataclass
class System:
    """A system of another organisation that asks about a list over HTTP."""

    browser: httpx2.Client
    people: Sequence[Person]
    key: RSAKey
    answered: int = 0
    refused: int = 0
    _token: str = ""

    @classmethod
    def registered(cls, browser: httpx2.Client, people: Sequence[Person], organisation: Organisation) -> System:
        """One that may ask about all of them, as `ndoo callers` lets it in."""
        made = RSAKey.generate_key(2048)
        key = RSAKey.import_key({**made.as_dict(private=True), "kid": "chaos"})
        (organisation.folder / "caller.json").write_text(json.dumps(key.as_dict(private=False)))
        own = ("--organisation", "Example Trust", "--ods", "RX9", "--asset", "Everybody", "--scope", "lists.check")
        size = ("--population", str(len(people)), "--public-key", "caller.json")
        organisation.ndoo("callers", "add", "chaos", *own, *size)
        return cls(browser, people, key)

    def asks(self) -> None:
        """About all of them at once.

        Raises:
            Refused: there was no answer. Untrue: the answer is wrong.
        """
        certain = Certain(self.people)
        head = {"Authorization": f"Bearer {self._token or self._signs_in()}"}
        answer = self.browser.post(
            "/api/lists", json={"nhs_numbers": [one.number for one in self.people]}, headers=head
        )
        if answer.status_code != 200:
            self._token = ""
            self.refused += 1
            raise Refused
        said = answer.json()
        if said["allowed"] + said["withheld"] != len(self.people) or said["allowed"] != len(said["cleaned_list"]):
            raise Untrue("the counts of a list are not those of its people")
        certain.judge(set(said["cleaned_list"]), "a list")
        self.answered += 1

    def _signs_in(self) -> str:
        address, now = str(self.browser.base_url.join("/api/token")), int(time.time())
        claims = {"iss": "chaos", "sub": "chaos", "aud": address, "exp": now + 60, "jti": str(uuid.uuid4())}
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        signed = jwt.encode({"alg": "RS512", "kid": "chaos"}, claims, self.key, algorithms=["RS512"])
        form = {"grant_type": "client_credentials", "client_assertion": signed, "client_assertion_type": kind}
        self._token = str(_whole(self.browser.post("/api/token", data=form)).json()["access_token"])
        return self._token


def until(came: Callable[[], bool], what: str) -> None:
    """Wait for it; pages that fail meanwhile are asked again."""
    deadline = time.monotonic() + COMES_BACK_WITHIN
    while time.monotonic() < deadline:
        try:
            if came():
                return
        except (httpx2.HTTPError, AssertionError, Refused):
            pass
        time.sleep(0.2)
    raise AssertionError(f"{what} did not come")


def children(process: int) -> dict[str, int]:
    """Its processes, by what they do."""
    said = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True, text=True, check=False
    )
    found = {}
    for line in said.stdout.splitlines():
        number, words = line.strip().split(" ", 1)
        for name, mark in (
            ("web", "service.web"),
            ("upholding", "upholding"),
            ("keeper", "keep_ledger"),
            ("worker", "db_worker"),
        ):
            if mark in words:
                found[name if name not in found else f"{name} {number}"] = int(number)
                break
    return found


@contextmanager
def going_on(*works: Callable[[], Any], pause: float = 0) -> Iterator[list[Exception]]:
    """Each of them is done again and again, side by side, whatever happens. Yields what was untrue, which ends that one's work.

    Args:
        pause: seconds between one time and the next, as people take them.
    """
    over, untrue = threading.Event(), list[Exception]()

    def goes_on(work: Callable[[], Any]) -> None:
        while not over.is_set():
            try:
                work()
                over.wait(pause)
            except (httpx2.HTTPError, AssertionError, Refused):
                over.wait(0.2)
            except Exception as wrong:  # noqa: BLE001  handed on to the test
                untrue.append(wrong)
                return

    threads = [threading.Thread(target=goes_on, args=[work]) for work in works]
    with ExitStack() as stack:
        for thread in threads:
            thread.start()
            stack.callback(thread.join, 2 * COMES_BACK_WITHIN)
        stack.callback(over.set)
        yield untrue
    assert not [thread for thread in threads if thread.is_alive()]


def judge_history(organisation: Organisation, person: Person) -> None:
    """What was acknowledged stands in the register, in order, and nothing stands there twice."""
    said = organisation.ndoo("register", "history", "--reason", "a test", "--json", said=person.number + "\n")
    history = [one["choice"] for one in said["history"]][person.earlier :]
    recorded = iter(history)
    assert all(choice in recorded for choice in person.saved), "in the order in which they were acknowledged"
    assert len(person.saved) <= len(history) <= person.tried, "and none twice"
