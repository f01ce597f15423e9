"""`make wheels`: a wheel for each platform and a source distribution in dist/, built twice in two folders, which must be the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatch_build import TARGETS

from wheels.bill_of_materials import bill_of_materials
from wheels.try_wheel import try_wheel

ROOT = Path(__file__).resolve().parent.parent
_FRONTEND = Path("src/ndoo/service/static/nhsuk")


def build(root: Path, out: Path) -> list[Path]:
    """Everything, built from the sources in `root`."""
    for tag in TARGETS:
        _run(root, "wheel", out, {"NDOO_WHEEL": tag})
    _run(root, "sdist", out, {})
    built = sorted(path for path in out.iterdir() if path.suffix in (".whl", ".gz"))
    name, bills = built[-1].name.removesuffix(".tar.gz"), []
    for lock, ending in (("run", ""), ("service", "-service")):
        bills.append(out / f"{name}{ending}.cdx.json")
        bills[-1].write_text(bill_of_materials(root, built, lock), encoding="utf-8")
    return [*built, *bills]


def _run(root: Path, target: str, out: Path, more: dict[str, str]) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    subprocess.run(command, cwd=root, check=True, env=os.environ | more, stdout=subprocess.DEVNULL)


def copy_sources(target: Path) -> None:
    """The sources as they stand, in another folder: what git knows or would know, and the frontend."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    shutil.copytree(ROOT / _FRONTEND, target / _FRONTEND)


def main() -> None:
    """Build, build again elsewhere, compare, and try the wheel of this machine."""
    out = ROOT / "dist"
    shutil.rmtree(out, ignore_errors=True)
    built = build(ROOT, out)
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = Path(folder) / "another place"
        copy_sources(elsewhere)
        again = build(elsewhere, Path(folder) / "dist")
        other = [one.name for one, two in zip(built, again, strict=True) if one.read_bytes() != two.read_bytes()]
    if other:
        sys.exit(f"Built in another folder these are other bytes: {', '.join(other)}")
    print(f"{len(built)} files in dist/, the same bytes from two folders:")
    for path in built:
        print(f"  {path.stat().st_size:>10,}  {path.name}")
    packages = [str(path) for path in built if path.suffix != ".json"]
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *packages], check=True)
    try_wheel(ROOT, next(path for path in built if "manylinux_2_17_x86_64" in path.name))


if __name__ == "__main__":
    main()
