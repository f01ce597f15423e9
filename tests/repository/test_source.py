"""The house stays as it was laid out: every module says what it answers, and none grows past what one reads at a sitting."""

from __future__ import annotations

import ast
import builtins
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import django.db

from tests.conftest import ROOT

MODULES = sorted(path for path in (ROOT / "src").rglob("*.py") if path.parent.name != "migrations")
"""Migrations are written by Django."""
MODULE_IDS = [path.relative_to(ROOT / "src").as_posix() for path in MODULES]
LONGEST = 400
DOORS = ("ndoo/evidence/", "ndoo/upholding/")
"""The rooms that hold and make manifests."""
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "core"}
NAMED_BY_DJANGO = "ndoo/service/queued_sqlite3/base.py"
"""Django looks for a database's connection in the module of this name, and in no other."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the house, and how many parameters it has besides itself and its class."""

    module: str
    name: str
    parameters: int
    is_command: bool


@dataclass(frozen=True, slots=True)
class House:
    """What these tests ask of the source. The trees themselves are not kept: they are large, and looked through again and again."""

    texts: dict[str, str]
    said: dict[str, str | None]
    functions: tuple[Function, ...]
    classes: tuple[tuple[str, str], ...]
    """Every class, and the module that defines it."""
    untyped: frozenset[str]


@cache
def house() -> House:
    """Every module is parsed once."""
    texts, said, functions, classes, untyped = {}, {}, [], [], set()
    for path, module in zip(MODULES, MODULE_IDS, strict=True):
        texts[module] = path.read_text(encoding="utf-8")
        tree = ast.parse(texts[module])
        said[module] = ast.get_docstring(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                count = len([one for one in given if one.arg not in ("self", "cls")])
                functions.append(Function(module, node.name, count, _is_command(node)))
            elif isinstance(node, ast.ClassDef):
                classes.append((node.name, module))
        if module.startswith(DOORS):
            untyped |= set(_untyped(tree, ".".join(Path(module).with_suffix("").parts[1:])))
    return House(texts, said, tuple(functions), tuple(classes), frozenset(untyped))


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("command" in ast.unparse(one) for one in node.decorator_list)


def test_a_stranger_is_told_at_once_what_a_module_answers() -> None:
    silent = [name for name, said in house().said.items() if not said or not house().texts[name].startswith('"""')]
    assert silent == [], "a module begins with what it does"
    first = {name: str(said).split("\n\n")[0] for name, said in house().said.items()}
    assert [name for name, said in first.items() if said.splitlines()[0][-1] not in ".!:;`"] == [], "in a sentence"
    assert [name for name, said in first.items() if "?" in said] == [], "it says what the module does; it does not ask"


def test_no_module_is_dreaded() -> None:
    assert [name for name, text in house().texts.items() if len(text.splitlines()) > LONGEST] == []
    assert [name for name in MODULE_IDS if Path(name).stem in NAMELESS and name != NAMED_BY_DJANGO] == []


def test_every_unit_test_stands_where_its_room_is() -> None:
    rooms = {path.name for path in (ROOT / "src" / "ndoo").iterdir() if path.is_dir() and path.name != "__pycache__"}
    tested = {path.name for path in (ROOT / "tests" / "unit").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert tested == rooms


def test_a_test_module_says_what_it_guards() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}
    assert [path for path, text in texts.items() if text and not text.startswith('"""')] == []


def test_no_test_changes_the_time_of_other_threads() -> None:
    """What replaces `time.sleep` itself replaces it for the threads of whatever runs beside: Spark's ended with an error, once in many
    runs. A module that is to be tried so has `sleep` as a name of its own."""
    replaced = re.compile(r"""setattr\(\s*(?:[\w.]*\btime|["']time\.\w+["'])\s*,""")
    assert replaced.search('monkeypatch.setattr(keep_ledger.time, "sleep", pause)')
    assert replaced.search('patched.setattr("time.sleep", pause)')
    texts = {
        path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)
    }
    assert [path for path, text in texts.items() if replaced.search(text)] == []


def test_the_formatter_decides_how_code_is_laid_out() -> None:
    rooms = (
        path for room in ("src", "tests", "examples", "benchmarks", "frontend") for path in (ROOT / room).rglob("*.py")
    )
    exceptions = ("fmt: " + "skip", "fmt: " + "off")
    kept = [
        path
        for path in rooms
        if "node_modules" not in path.parts and any(word in path.read_text("utf-8") for word in exceptions)
    ]
    assert kept == []


MOST_PARAMETERS = 7
SAID_IN_ONE_CALL = {"ndoo/library/uphold.py: uphold"}
"""`ndoo.uphold` of a notebook: its arguments are promised, one by one."""
MOST_OPTIONS = 12


def test_a_function_of_many_parameters_has_a_type_for_them() -> None:
    many = {
        f"{one.module}: {one.name}"
        for one in house().functions
        if one.parameters > MOST_PARAMETERS and not one.is_command
    }
    assert many == SAID_IN_ONE_CALL, "what belongs together has a name: make it a frozen dataclass"


def test_a_command_of_many_options_takes_them_in_types() -> None:
    many = {one.module for one in house().functions if one.parameters > MOST_OPTIONS and one.is_command}
    assert many == set(), "options that belong together are taken together, as those of lists are"


def test_modules_are_not_named_by_participles() -> None:
    assert 100 * sum(path.stem.endswith("ing") for path in MODULES) <= 3 * len(MODULES)


def test_what_a_docstring_names_is_there() -> None:
    """Modules and errors were named anew, and the sentences that sent a reader to them were not."""
    errors = {name for name, _ in house().classes} | {*dir(builtins), *dir(django.db)}
    places = [f"/{path.relative_to(ROOT).as_posix()}" for path in (*MODULES, *(ROOT / "tests").rglob("*.py"))]
    gone = []
    for module, text in house().texts.items():
        named = re.findall(r"`([\w/]+\.py)`", text)
        gone += [(module, name) for name in named if not any(place.endswith(f"/{name}") for place in places)]
        for raises in re.findall(r'^ +Raises:\n(.*?)(?:"""|\n\n)', text, re.MULTILINE | re.DOTALL):
            gone += [(module, name) for name in re.findall(r"\b(\w+Error):", raises) if name not in errors]
    assert gone == []


def test_no_class_has_the_name_of_a_type_that_everybody_knows() -> None:
    known = {*typing.__all__} - {"Text"}  # an alias of `str` that nobody uses
    assert not [name for name, _ in house().classes if name in known]


NAMED_TWICE_BY_DJANGO = {"Meta"}


def test_a_class_name_stands_for_one_thing() -> None:
    places: dict[str, list[str]] = {}
    for name, module in house().classes:
        places.setdefault(name, []).append(module)
    twice = {name: modules for name, modules in places.items() if len(modules) > 1}
    assert twice.keys() <= NAMED_TWICE_BY_DJANGO, "say which one it is: a receipt of MESH, a receipt of the ledger"


UNTYPED_DOORS = {
    "evidence.document.parse_document": "JSON of whatever kind; its reader gives it its type",
    "evidence.ledger.export.first_line": "the same, of an export",
    "evidence.seal.Sealer.seal": "documents of every kind are sealed, and their makers know which",
    "upholding.linked_tables.properties.known": "a descriptor of another standard, property by property",
    "upholding.linked_tables.propose_links.propose": "the same, as it is proposed",
    "upholding.parquet_and_arrow.parquet.ParquetSink.__init__": "the settings of Arrow's own writer",
    "upholding.decision.row_decision.looked_up_in": "the fields of a structure in C",
    "upholding.spark.rewrite.write_file": "what goes to Spark's executors, which import as little as they can",
    "upholding.spark.trusted_sql.TrustedSQL.ask": "frames of Spark by the names of their views",
    "upholding.other_cells.stray_numbers.MentionSearch.look_beside": "arrays of Arrow by the names of their columns",
}
"""Public functions of the rooms that hold and make manifests, in whose signatures an object of anything stands, and why."""
_ANYTHING = re.compile(r"\b(?:[dD]ict|Mapping|MutableMapping)\[str, (?:Any|object)\]")


def _untyped(module: ast.Module, name: str) -> Iterator[str]:
    """Every public function with an object of anything in its signature, aliases of the module looked through."""
    aliases = {
        node.targets[0].id
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and _ANYTHING.fullmatch(ast.unparse(node.value))
    }
    pending: list[tuple[ast.AST, str]] = [(module, name)]
    while pending:
        node, within = pending.pop()
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.ClassDef) and not one.name.startswith("_"):
                pending.append((one, f"{within}.{one.name}"))
            elif isinstance(one, ast.FunctionDef) and (one.name == "__init__" or not one.name.startswith("_")):
                said = f"{ast.unparse(one.args)} -> {ast.unparse(one.returns) if one.returns else None}"
                if _ANYTHING.search(said) or aliases & {*re.findall(r"\w+", said)}:
                    yield f"{within}.{one.name}"


def test_no_object_of_anything_goes_through_the_doors_of_the_rooms_that_know_manifests() -> None:
    assert house().untyped == set(UNTYPED_DOORS), "give it a frozen class, as `ReleaseManifest` or `FeedShape` are"
    assert len(UNTYPED_DOORS) <= 10


def test_no_text_is_run_as_code() -> None:
    """Neither by Python nor by a page's script."""
    runs = re.compile(r"(?<![\w.])(?:eval|exec)\(|new Function\(|setTimeout\(\s*[\"'`]")
    own = [
        path
        for path in (ROOT / "src").rglob("*")
        if path.suffix in (".py", ".js", ".jinja") and "nhsuk" not in path.parts
    ]
    assert len(own) > 500
    assert [str(path.relative_to(ROOT)) for path in own if runs.search(path.read_text("utf-8"))] == []
