"""Takes the NHS.UK frontend's built files out of `node_modules` and makes them fit to be served by anybody.

The stylesheet loads a licensed font from another host and names its icons by absolute paths; both are mended here,
and a stylesheet that is not as expected is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE / "node_modules" / "nhsuk-frontend"
TARGET = HERE.parent / "src" / "ndoo" / "service" / "static" / "nhsuk"


def mended(css: str) -> str:
    """The stylesheet without its fonts, with icons beside it, and without a request to any other host."""
    css, fonts = re.subn(r"@font-face\{[^}]*\}", "", css)
    css, paths = re.subn(r"url\((['\"]?)/assets/images/", r"url(\1images/", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    if fonts != 2 or not paths or re.search(r"url\(['\"]?(?:https?:)?//", css):
        raise SystemExit("nhsuk-frontend's stylesheet is not as expected: look at it before it is served")
    return css


def main() -> None:
    """Copy, mend, and record what was taken."""
    built = PACKAGE / "dist" / "nhsuk"
    shutil.rmtree(TARGET, ignore_errors=True)
    shutil.copytree(built / "assets" / "images", TARGET / "images")
    css = (built / "nhsuk-frontend.min.css").read_text("utf-8")
    script = (built / "nhsuk-frontend.min.js").read_text("utf-8")
    (TARGET / "nhsuk-frontend.min.css").write_text(mended(css), "utf-8")
    (TARGET / "nhsuk-frontend.min.js").write_text(re.sub(r"(?m)^//# sourceMappingURL=.*$", "", script), "utf-8")
    about = json.loads((PACKAGE / "package.json").read_text("utf-8"))
    files = {
        str(path.relative_to(TARGET)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(TARGET.rglob("*"))
        if path.is_file()
    }
    record = {"name": about["name"], "version": about["version"], "licence": about["license"], "files": files}
    (TARGET / "VENDORED.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
