"""`make mesh`: an extract upheld through MESH, against a register in which a choice was just set. About a minute."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.mesh.sandbox import running

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "mesh"
NDOO = Path(sys.executable).with_name("ndoo")
HOSPITAL, NATIONAL = OUT / "hospital", OUT / "national"
_LOOKED_AFTER = 3.0


def run(side: Path, *arguments: object, told: str | None = None) -> None:
    """Show a command of one side, run it, and stop if it fails; `told` is typed into it."""
    words = [str(argument) for argument in arguments]
    print(f"\n{side.name} $ ndoo {shlex.join(words)}", flush=True)
    ran = subprocess.run([NDOO, *words], cwd=OUT, env=environment(side), input=told, text=True)
    if ran.returncode:
        sys.exit(ran.returncode)


def environment(side: Path) -> dict[str, str]:
    """Each side has keys, journal and register of its own."""
    return {**os.environ, "NDOO_DATA": str(side), "NDOO_CONFIG": str(OUT)}


def people() -> list[str]:
    """Those of the extract, in its order."""
    rows = (OUT / "extract.csv").read_text(encoding="utf-8").splitlines()
    at = rows[0].split(",").index("nhs_number")
    return list(dict.fromkeys(row.split(",")[at] for row in rows[1:]))


def main() -> None:
    """Two sides in one terminal; the sandbox between them is NHS England's own, on this machine, with mutual TLS."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    shutil.copy(ROOT / "examples" / "data" / "pbcseq.csv", OUT / "extract.csv")
    known = people()
    history = "nhs_number,choice,recorded_at,channel,by,proxy_role\n"
    history += "".join(f"{number},opt_out,2025-03-01T09:00:00Z,online,self,\n" for number in known[5::20])
    (OUT / "history.csv").write_text(history, encoding="utf-8")
    print("A hospital holds an extract of 312 people. The national side holds the register of choices.")
    print("They have nothing in common but two MESH mailboxes.")
    with running(OUT / "sandbox") as sandbox:
        (OUT / "ndoo.toml").write_text(sandbox.toml(), encoding="utf-8")
        run(NATIONAL, "register", "import", "history.csv")
        print("\nSomebody chooses, now: the first person in the extract opts out.")
        run(NATIONAL, "register", "set", "-", "--choice", "opt_out", told=f"{known[0]}\n")
        words = ["uphold", "extract.csv", "-o", "released.csv", "--mesh", "trust", "--timeout", "60"]
        print(f"\nhospital $ ndoo {shlex.join(words)}", flush=True)
        upholding = subprocess.Popen([NDOO, *words], cwd=OUT, env=environment(HOSPITAL))
        time.sleep(_LOOKED_AFTER)
        run(NATIONAL, "mesh", "respond", "--profile", "national", "--once")
        if upholding.wait(60):
            sys.exit(upholding.returncode)
        run(HOSPITAL, "mesh", "collect", "--profile", "trust")
    there = known[0] in (OUT / "released.csv").read_text(encoding="utf-8")
    print(f"\nIs the person who has just opted out in the released file? {'YES: a fault.' if there else 'No.'}")
    sys.exit(1 if there else 0)


if __name__ == "__main__":
    main()
