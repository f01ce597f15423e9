"""Runs tests on a kernel that stops at the first byte that it reads or writes outside its buffers, and at the first sum that C leaves undefined:
`python -m tests.support.sanitized_kernel TESTS…`, or `make soak PART=sanitizers`.

It is the same C, compiled with AddressSanitizer and UndefinedBehaviorSanitizer by the compiler of the machine. Python takes all memory from that
library meanwhile, so that each buffer of a test has an edge that is watched. As a plugin of pytest it stands in for the kernel that was built.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

_FOLDER = "NDOO_TEST_KERNELS"
ROOT = Path(__file__).parent.parent.parent
NAMES = ("_kernel", "_keys", "_columnar")
_FLAGS = ["-O1", "-g", "-std=c11", "-shared", "-fPIC", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]

if _FOLDER in os.environ:  # before anything loads the kernel
    from ndoo.numbers import compiled

    compiled.__file__ = str(Path(os.environ[_FOLDER], "compiled.py"))


def build(folder: Path, compiler: str) -> None:
    """Compile the kernels into a folder, under the names that are looked for; with AVX2 for the one that has it."""
    folder.mkdir(parents=True, exist_ok=True)
    variants = [(name, f"{name}.so", []) for name in NAMES]
    if platform.machine() in ("x86_64", "AMD64"):
        variants.append(("_kernel", "_kernel_v3.so", ["-march=x86-64-v3"]))
    for name, built, more in variants:
        source = ROOT / "src" / "ndoo" / "numbers" / f"{name}.c"
        subprocess.run([compiler, *_FLAGS, *more, "-o", str(folder / built), str(source)], check=True)


def main(tests: list[str]) -> int:
    """The exit status of the tests; 2 where this machine has no compiler with sanitizers."""
    compiler = shutil.which("gcc")
    if compiler is None:
        print("gcc is missing: apt-get install gcc. Its sanitizers watch the kernel.", file=sys.stderr)
        return 2
    folder = ROOT / "build" / "sanitized"
    build(folder, compiler)
    libraries = (
        "libasan.so",
        "libstdc++.so.6",
    )  # the second, because AddressSanitizer looks for C++'s exceptions as it starts
    preloaded = [
        subprocess.run(
            [compiler, f"-print-file-name={name}"], check=True, capture_output=True, text=True
        ).stdout.strip()
        for name in libraries
    ]
    watched = {
        "LD_PRELOAD": ":".join(preloaded),
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
        _FOLDER: str(folder),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "tests.support.sanitized_kernel", *tests]
    return subprocess.run(command, cwd=ROOT, env=os.environ | watched, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
