"""Compiles the kernel (src/ndoo/numbers/_*.c) when the package is built, with a compiler from PyPI, and fetches the
NHS.UK frontend for the pages where npm is there to fetch it.

A wheel is built for the machine that builds it, or for the platform that NDOO_WHEEL names (`make wheels` builds all of them).
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_KERNELS = ("_kernel", "_keys", "_columnar")


class Target(NamedTuple):
    """For what is compiled: as the compiler names it, None for this machine; and the least processor."""

    triple: str | None
    processor: str = "baseline"
    has_v3: bool = False
    """Is there a kernel for processors with AVX2 and bit counting too?"""


_LINUX = {
    "x86_64": Target("x86_64-linux-gnu.2.17", has_v3=True),
    "aarch64": Target("aarch64-linux-gnu.2.17", "generic"),
}
TARGETS = {
    "manylinux_2_17_x86_64.manylinux2014_x86_64": _LINUX["x86_64"],
    "manylinux_2_17_aarch64.manylinux2014_aarch64": _LINUX["aarch64"],
    "musllinux_1_1_x86_64": _LINUX["x86_64"],  # no C library is behind the kernel, so one fits both
    "musllinux_1_1_aarch64": _LINUX["aarch64"],
    "macosx_11_0_x86_64": Target("x86_64-macos.11.0"),
    "macosx_11_0_arm64": Target("aarch64-macos.11.0", "apple_m1"),
    "win_amd64": Target("x86_64-windows-gnu"),
}
"""By the platform's part of a wheel's name."""


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds shared libraries without a C library or Python's headers, so any Python 3.11+ can load them."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable install finds the kernel beside its source; into a wheel it goes from a folder of its own."""
        self._fetch_frontend()
        if self.target_name != "wheel":
            return
        tag = os.environ.get("NDOO_WHEEL", "")
        own = f"{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"
        has_v3 = platform.machine() in ("x86_64", "AMD64")
        target = TARGETS[tag] if tag else Target(None, has_v3=has_v3)
        source = Path(self.root) / "src" / "ndoo" / "numbers"
        folder = source if version == "editable" else Path(self.root) / "build" / "kernels" / (tag or own)
        folder.mkdir(parents=True, exist_ok=True)
        built = [self._compile(source, folder, name, name, target) for name in _KERNELS]
        if target.has_v3:
            fast = Target(target.triple, "x86_64_v3")
            built.append(self._compile(source, folder, "_kernel", "_kernel_v3", fast))
        if version != "editable":
            build_data["force_include"] |= {str(path): f"ndoo/numbers/{path.name}" for path in built}
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{tag or own}"

    def _compile(self, source: Path, folder: Path, name: str, called: str, target: Target) -> Path:
        """Compiles one library of the kernel; the same source gives the same bytes, wherever it lies."""
        cache = Path(self.root) / "build" / "zig"
        cache.mkdir(parents=True, exist_ok=True)
        out = folder / f"{called}.so"
        windows = "windows" in (target.triple or sys.platform.replace("win32", "windows"))
        command = [
            *(sys.executable, "-m", "ziglang", "cc", "-O3", "-shared", "-nostdlib", "-ffreestanding", "-s"),
            *("-std=c11", "-Wall", "-Wextra", "-Werror", f"-mcpu={target.processor}"),
            *(("-target", target.triple) if target.triple else ()),
            "_windows.c" if windows else "-fPIC",
            *((f"-Wl,-install_name,{out.name}",) if "macos" in (target.triple or "") else ()),
            *("-o", str(out), f"{name}.c"),
        ]
        environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)}
        subprocess.run(command, check=True, env=environment, cwd=source)
        return out

    def _fetch_frontend(self) -> None:
        """Styles, script and icons of the pages, unless they are in the tree. Without npm the library is built alone,
        and `ndoo serve` says what is missing."""
        frontend = Path(self.root) / "frontend"
        vendored = Path(self.root) / "src" / "ndoo" / "service" / "static" / "nhsuk" / "VENDORED.json"
        npm = shutil.which("npm")
        if vendored.exists() or npm is None:
            return
        subprocess.run([npm, "ci", "--silent", "--omit=dev"], check=True, cwd=frontend)
        subprocess.run([sys.executable, str(frontend / "vendor_assets.py")], check=True)
