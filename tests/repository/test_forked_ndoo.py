"""A test that starts `ndoo` as a fork of a server sees what it would see of a real start: else it would say something about the stand-in alone."""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATA, TODAY
from tests.support.canary import assert_silent
from tests.support.forked_ndoo import PROGRAM, READ_AT_THE_START, ROOT, Forked, ended, started
from tests.support.numbers import some
from tests.support.registers import Makers

LOADED = f"import sys; sys.path[0] = {str(ROOT)!r}; from tests.support import fork_server, told_of_process as told; fork_server.load(); "
"""A real start that has loaded the same, so that it differs by the fork alone."""


def real(*arguments: object, **options: Any) -> subprocess.Popen[Any]:
    return subprocess.Popen([PROGRAM, *map(str, arguments)], **options)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is measured: that is tried by itself."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)


def told(process: subprocess.Popen[Any], said: str | None = None) -> dict[str, Any]:
    """What a process tells of itself."""
    out, err = process.communicate(said, timeout=300)
    assert (process.returncode, err) == (5, "")
    return dict(json.loads(out))


def in_both(entry: str, said: str | None = None, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a real start and a fork tell of themselves."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": dict(os.environ), **options}
    if said is not None:
        options["stdin"] = subprocess.PIPE
    words = ["a word", "--json"]
    begun = told(subprocess.Popen([sys.executable, "-c", f"{LOADED}sys.exit(told.{entry}())", *words], **options), said)
    return begun, told(Forked([str(PROGRAM), *words], entry=f"tests.support.told_of_process:{entry}", **options), said)


@pytest.mark.usefixtures("quiet")
def test_a_fork_sees_of_itself_what_a_started_process_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started_alike, forked = in_both("tell")
    assert forked == started_alike
    assert forked["threads"] == [1, 1], "what has threads cannot be forked"
    monkeypatch.setenv("NDOO_ODD", "\udcff ü \n")
    monkeypatch.delenv("NDOO_CONFIG")
    before = os.umask(0o077)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 1, hard))
    try:
        started_alike, forked = in_both("tell", "ü\r\nx", cwd=tmp_path)
    finally:
        os.umask(before)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, interrupted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert forked == started_alike
    seen = [forked[name] for name in ("umask", "folder", "input", "blocked")]
    assert seen == [0o077, str(tmp_path), "ü\r\nx", [signal.SIGUSR2]]
    started_alike, forked = in_both(
        "tell", env={"PATH": "/bin", **_started_with()}, start_new_session=True, umask=0o027
    )
    assert forked == started_alike
    assert (forked["leads its session"], forked["umask"]) == (True, 0o027)


def _started_with() -> dict[str, str]:
    return {name: said for name, said in os.environ.items() if name.startswith(READ_AT_THE_START)}


@pytest.mark.usefixtures("quiet")
def test_what_one_fork_does_to_itself_the_next_does_not_see() -> None:
    before = in_both("tell")
    changed = in_both("change_and_tell")
    assert changed[0] == changed[1] != before[1]
    assert in_both("tell") == before


def test_what_is_loaded_before_the_fork_reads_no_environment_that_a_test_may_set() -> None:
    """Else a fork would go by what the server was told, and a started process by what it is told itself."""
    watch = """
import os
class Watched(type(os.environ)):
    def __getitem__(self, key):
        read.add(key)
        return super().__getitem__(key)
    def __contains__(self, key):
        read.add(key)
        return super().__contains__(key)
    def __iter__(self):
        read.add("ALL")
        return super().__iter__()
read = set()
os.environ.__class__ = Watched
"""
    code = f"{watch}{LOADED}print(*sorted(read))"
    environment = {name: said for name, said in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert [name for name in done.stdout.split() if not name.startswith(READ_AT_THE_START)] == []


def test_whoever_says_what_python_reads_as_it_starts_gets_a_real_start() -> None:
    for name in ("PYTHONUTF8", "TZ", "LC_ALL", "HOME"):
        with started("--version", env={**os.environ, name: "0"}, stdout=subprocess.PIPE) as process:
            assert type(process) is subprocess.Popen
            process.communicate(timeout=300)
    with started("--version", stdout=subprocess.PIPE) as process:
        assert type(process) is Forked
        assert process.communicate(timeout=300)[0].startswith(b"ndoo ")
    limited = ended("--version", preexec_fn=lambda: os.write(2, b"begun\n"))
    assert (limited.stdout[:5], limited.stderr) == ("ndoo ", "begun\n")


@pytest.fixture
def place(tmp_path: Path, own_data_folder: Path, register_makers: Makers, django_db_blocker: Any) -> Path:
    """With an extract, a list, and a register in which nobody has chosen."""
    own_data_folder.mkdir()
    with django_db_blocker.unblock():
        register_makers.empty(own_data_folder / "register.sqlite3")
    (tmp_path / "in.csv").write_text("nhs_number,old\n" + "".join(f"{number},1\n" for number in [*some(9), "x"]))
    (tmp_path / "list.dat").write_text("".join(f"{number},\n" for number in some(8)))
    return tmp_path


CALLS: tuple[tuple[str, ...], ...] = (
    ("--version", "--verbose"),
    ("--help",),
    (),
    ("uphald",),
    ("uphold", "in.csv", "-o", "out.csv", "--allowed", "list.dat", "--checked-at", TODAY),
    ("uphold", "in.csv", "-o", "out.parquet", "--allowed", "list.dat", "--checked-at", TODAY),
    ("uphold", "-", "-o", "out.csv", "--allowed", "list.dat", "--checked-at", TODAY, "--undecided", "stop", "--json"),
    ("uphold", str(DATA / "pbcseq.csv"), "-o", "out.csv", "--register"),
    ("explain", "list-stale"),
    ("register", "set", "--choice", "opt_out"),
    ("register", "show"),
    ("ledger", "verify"),
    ("doctor", "--json"),
)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call[:2]) or "nothing")
def test_a_command_says_and_leaves_the_same(call: tuple[str, ...], place: Path) -> None:
    said, left = [], []
    for start in (real, started):
        for old in place.glob("out*"):
            old.unlink()
        with start(*call, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            out, err = process.communicate((some(1)[0] + "\n").encode(), timeout=300)
        assert_silent((out + err).decode(), "what was said")
        said.append((process.returncode, *(_without_what_changes(one) for one in (out, err))))
        left.append({path.name: path.stat().st_mode for path in place.iterdir()})
    assert said[0] == said[1]
    assert left[0] == left[1]


def _without_what_changes(said: bytes) -> str:
    """The second run is later, and says what was recorded before."""
    return re.sub(
        r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?|Before: [\w ]+\.|\d+ (entries|leaves)|[0-9a-f]{64}", "…", said.decode()
    )


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Also where the tests run in the background, in which shells let an interruption be ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _catches(process: int, number: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    return bool(int(re.findall(r"SigCgt:\s*(\w+)", status)[0], 16) >> (number - 1) & 1)


@pytest.mark.usefixtures(
    "interruptible", "quiet"
)  # what measures ends a process by SIGTERM in its own way, from its first line
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL, signal.SIGQUIT])
@pytest.mark.parametrize("start", [real, started])
def test_a_signal_ends_it_as_it_ends_a_started_one(
    number: signal.Signals, start: Callable[..., Any], place: Path
) -> None:
    call = ("register", "show")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with start(*call, cwd=place, text=True, **pipes) as process:
        deadline = time.monotonic() + 300
        while not _catches(process.pid, signal.SIGTERM):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=300)
    caught = number in (signal.SIGTERM, signal.SIGINT)
    assert (process.returncode, process.poll(), out) == (130, 130, "") if caught else (-number, -number, "")
    assert err.strip().startswith("Error [interrupted]") == caught
    assert not Path(f"/proc/{process.pid}").exists()


def test_many_run_beside_each_other_and_each_has_its_own_end(place: Path) -> None:
    many = [started("explain", code, cwd=place, stdout=subprocess.PIPE) for code in ("list-stale", "usage", "none") * 3]
    assert [process.communicate(timeout=300)[0][:0] for process in many] == [b""] * 9
    assert [process.returncode for process in many] == [0, 0, 2] * 3


def test_whoever_stops_reading_is_nobody_to_tell(place: Path) -> None:
    ends = []
    for start in (real, started):
        reading, writing = os.pipe()
        os.close(reading)
        with start("--help", cwd=place, stdout=writing, stderr=subprocess.PIPE) as process:
            ends.append((process.communicate(timeout=300)[1], process.returncode))
        os.close(writing)
    assert ends[0] == ends[1]


def test_a_fork_is_measured_as_a_started_process_is(place: Path) -> None:
    """With the environment in which `coverage` measures what is started. What runs while modules are loaded is measured in the worker."""
    import coverage

    (place / "rc").write_text(
        f"[run]\nbranch = true\nparallel = true\nsource = ndoo.upholding\ndata_file = {place}/measured\n"
    )
    found = []
    for start in (real, started):
        environment = {name: said for name, said in os.environ.items() if not name.startswith("COVERAGE_")}
        environment["COVERAGE_PROCESS_START"] = str(place / "rc")
        call = ("uphold", "in.csv", "-o", "out.csv", "--allowed", "list.dat", "--checked-at", TODAY, "-q")
        with start(*call, cwd=place, env=environment) as process:
            assert process.wait(300) == 6
        (file,) = place.glob("measured.*")
        data = coverage.CoverageData(str(file))
        data.read()
        found.append({Path(name): _in_functions(name, data.lines(name) or []) for name in data.measured_files()})
        data.close()
        for used in (file, *place.glob("out.csv*")):
            used.unlink()
    from_start, forked = ({(name, line) for name in one for line in one[name]} for one in found)
    assert forked <= from_start
    assert len(forked) > 500


def _in_functions(name: str, lines: list[int]) -> set[int]:
    """Those lines that are run when somebody calls them, not when the module is loaded."""
    tree = ast.parse(Path(name).read_text("utf-8"))
    bodies = [one.body for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    return {line for line in lines if any(body[0].lineno <= line <= (body[-1].end_lineno or 0) for body in bodies)}
