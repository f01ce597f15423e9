"""Compiles the kernel (src/ndoo/numbers/_*.c) when the package is built, with a compiler from PyPI, and fetches the
NHS.UK frontend for the pages where npm is there to fetch it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class KernelHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds shared libraries without a C library or Python's headers, so any Python 3.11+ can load them."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile next to the source, so that an editable install and a wheel find the same file."""
        folder = Path(self.root) / "src" / "ndoo" / "numbers"
        cache = Path(self.root) / "build" / "zig"
        cache.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache)}
        targets = [(name, f"{name}.so", "baseline") for name in ("_kernel", "_keys", "_columnar")]
        if platform.machine() in ("x86_64", "AMD64"):
            # AVX2 and bit counting, where the processor has them
            targets.append(("_kernel", "_kernel_v3.so", "x86_64_v3"))
        for source, name, processor in targets:
            command = [
                sys.executable,
                "-m",
                "ziglang",
                "cc",
                "-O3",
                "-shared",
                "-fPIC",
                "-nostdlib",
                "-std=c11",
                "-Wall",
                "-Wextra",
                "-Werror",
                f"-mcpu={processor}",
                "-o",
                str(folder / name),
                str(folder / f"{source}.c"),
            ]
            subprocess.run(command, check=True, env=environment)
        self._fetch_frontend()
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"

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
