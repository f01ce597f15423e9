"""What stands on a page: its text as sentences, its links, headings and words, taken out of the HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_BLOCKS = {
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "dt",
    "dd",
    "td",
    "th",
    "caption",
    "legend",
    "label",
    "div",
    "button",
    "br",
    "address",
}
_SILENT = {
    "script",
    "style",
    "svg",
    "nav",
    "address",
    "table",
    "head",
    "h1",
    "h2",
    "h3",
    "legend",
    "label",
    "dt",
    "button",
}


@dataclass
class Link:
    """Where a link goes, and its words."""

    href: str
    text: str = ""


@dataclass
class Read:
    """A page, read."""

    title: str = ""
    lang: str = ""
    headings: list[tuple[int, str]] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    everything: list[str] = field(default_factory=list)
    """Each piece of text that a person sees, in or out of the main part."""
    main: str = ""
    """The running text of the main part: blocks end with a full stop; no headings,
    labels, menus, tables or addresses, for their short lines would make a page look easier than it is."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.read, self._open = Read(), []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.read.lang = given.get("lang", "")
        if tag == "a":
            self.read.links.append(Link(given.get("href", "")))
        if tag in ("h1", "h2", "h3", "h4"):
            self.read.headings.append((int(tag[1]), ""))
        self.read.sources += [
            given[name] for name in ("src", "href") if tag in ("img", "script", "link") and name in given
        ]
        self.read.everything += [given[name] for name in ("aria-label", "alt") if given.get(name)]
        if tag in _BLOCKS:
            self._stop()
        if tag not in ("meta", "link", "img", "input", "br", "path", "rect"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._stop()
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if "title" in self._open and "svg" not in self._open:
            self.read.title += text
        if not text or {"script", "style"} & set(self._open):
            return
        self.read.everything.append(text)
        if "a" in self._open:
            self.read.links[-1].text = f"{self.read.links[-1].text} {text}".strip()
        if any(tag in self._open for tag in ("h1", "h2", "h3", "h4")):
            level, so_far = self.read.headings[-1]
            self.read.headings[-1] = (level, f"{so_far} {text}".strip())
        if "main" in self._open and not _SILENT & set(self._open):
            self.read.main += data if data[0] not in " \n" else " " + data.lstrip()

    def _stop(self) -> None:
        text = self.read.main.rstrip()
        if text:
            self.read.main = text + " " if text[-1] in ".?!" else text.rstrip(":,;") + ". "


def read(html: str) -> Read:
    """Everything that the tests of pages ask about."""
    reader = _Reader()
    reader.feed(html)
    return reader.read


def sentences(text: str) -> list[list[str]]:
    """Words, sentence by sentence. A number is a word that one says in one breath."""
    found = (re.findall(r"[A-Za-z0-9][A-Za-z0-9'’-]*", part) for part in re.split(r"[.?!:](?:\s|$)", text))
    return [words for words in found if words]


def syllables(word: str) -> int:
    """About how many: groups of vowels, without a silent `e`, with the endings that are said."""
    word = word.lower().replace("’", "'")
    if not re.search(r"[a-z]", word):
        return 1
    bare = re.sub(r"(?<=[^laeiouy])(?:es|e)$|(?<=[^tdaeiouy])ed$|(?<=[aeiouy]l)es?$", "", word.removesuffix("'s"))
    together = len(re.findall(r"[aeiouy]+", bare))
    apart = len(re.findall(r"(?<![cstgx])i[aou]", bare))  # me-di-um, but not so-cial or na-tion
    return max(1, together + apart)


def grade(text: str) -> float:
    """The Flesch–Kincaid grade: the school year in the United States in which this is read; age is about 5 more."""
    said = sentences(text)
    words = [word for sentence in said for word in sentence]
    return 0.39 * len(words) / len(said) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
