"""What this ndoo runs on: the lines of `ndoo --version --verbose`, without a path or a name of this machine."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.util import find_spec

from ndoo.domain.extras import EXTRAS, pip_install

_WITH = ("click", "cryptography", "pyarrow")


def versions() -> Iterator[str]:
    """Python, the system, what ndoo needs, the compiled part, and each extra."""
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield f"{platform.system()} {platform.release()}, {platform.machine()}"
    yield from (f"{name} {_version(name)}" for name in _WITH)
    yield f"compiled part: {_kernel()}"
    for name, modules in EXTRAS.items():
        there = all(find_spec(module) for module in modules)
        yield f"extra {name}: {'installed' if there else f'not installed: {pip_install(name)}'}"


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version  # which loads what reads letters

    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _kernel() -> str:
    try:
        from ndoo.numbers import kernel
    except ImportError:
        return "missing: install ndoo again"
    return str(kernel.library._name).rpartition("/")[2]
