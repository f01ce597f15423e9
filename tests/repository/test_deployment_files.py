"""The examples in deploy/ start what the program has, with settings that it reads, and nginx takes them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from ndoo.cli.main import main
from ndoo.cli.serve import command
from ndoo.domain.setting_list import HERE, OWN
from ndoo.service import deployment_check
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def starts(words: list[str]) -> click.Command:
    """The part of the service that these words start; fails where the program has no such part or option."""
    assert words[0] == "serve"
    part = command.commands[words[1]]
    part.make_context(words[1], words[2:], click.Context(main, **main.context_settings))
    return part


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_each_unit_starts_a_part_of_the_service(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    assert starts(shlex.split(line)[1:]).name == unit.stem.removeprefix("ndoo-")
    for kept in ("NoNewPrivileges=yes", "ProtectSystem=strict", "UMask=0077", "CapabilityBoundingSet="):
        assert kept in text


def test_compose_and_the_container_start_parts_of_the_service() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    said = [re.split(r",\s*", words) for words in re.findall(r"command: \[(.*?)\]", text)]
    assert {starts(words).name for words in said} == {"migrate", "web", "worker", "keeper"}
    (container,) = re.findall(r"^CMD \[(.*)\]$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE)
    assert starts([word.strip(' "') for word in container.split(",")]).name == "web"
    assert "USER 10001" in (DEPLOY / "Containerfile").read_text("utf-8")


def test_the_settings_are_settings_and_only_the_secret_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = re.findall(r"^NDOO_(\w+)=(.*)$", (DEPLOY / "service.env").read_text("utf-8"), re.MULTILINE)
    assert [name for name, _ in said if name.lower() not in HERE | OWN] == []
    for name, value in said:
        monkeypatch.setenv(f"NDOO_{name}", value)
    monkeypatch.setenv("NDOO_DATA", str(tmp_path))
    monkeypatch.delenv("NDOO_HTTPS", raising=False)
    looks = (deployment_check._settings, deployment_check._messages, deployment_check._heads)
    assert {problem.code for look in looks for problem in look()} == {"secret-key"}


def test_a_command_has_the_settings_of_the_service_as_they_stand(tmp_path: Path) -> None:
    """A shell that reads them would run a setting's second word, and take the folder of root's own settings."""
    text = (DEPLOY / "ndoo-service").read_text("utf-8")
    (ends,) = re.findall(r"^exec .*$", text, re.MULTILINE)
    (tmp_path / "service.env").write_text(
        "# NDOO_DEMO=on\nNDOO_VIRUS_SCANNER=clamdscan --fdpass $HOME\nNDOO_DATABASE_URL=postgresql://a@/b?c=d&e\nNDOO_MESSAGES=\n"
    )
    for old, new in {
        "/etc/ndoo/service.env": f"{tmp_path}/service.env",
        "cd /var/lib/ndoo": f"cd {tmp_path}",
        ends: "env",
    }.items():
        assert old in text
        text = text.replace(old, new)
    plain = {"PATH": "/usr/bin:/bin", "HOME": "/root"}
    said = subprocess.run(["sh", "-c", text], env=plain, capture_output=True, text=True, check=True).stdout.splitlines()
    assert {line for line in said if line.startswith(("NDOO_", "HOME"))} == {
        "NDOO_VIRUS_SCANNER=clamdscan --fdpass $HOME",
        "NDOO_DATABASE_URL=postgresql://a@/b?c=d&e",
        "HOME=/var/lib/ndoo",
    }


def test_the_guide_names_files_that_are_there() -> None:
    guide = (ROOT / "docs/how-to/run-the-service-for-an-organisation.md").read_text("utf-8")
    named = set(re.findall(r"(?<![\w/])(?:deploy|requirements)/[\w./*-]*[\w-]", guide))
    assert {"deploy/ndoo-service", "deploy/service.env", "deploy/nginx.conf", "requirements/service.lock"} <= named
    assert [name for name in sorted(named) if not list(ROOT.glob(name))] == []


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")
def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=choices.example.nhs.uk",
    ]
    subprocess.run([*made, "-keyout", tmp_path / "k", "-out", tmp_path / "c"], check=True, capture_output=True)
    shutil.copy(DEPLOY / "ndoo-proxy.conf", tmp_path)
    text = (DEPLOY / "nginx.conf").read_text("utf-8")
    for old, new in {
        "/etc/nginx/choices.pem": tmp_path / "c",
        "/etc/nginx/choices.key": tmp_path / "k",
        "/etc/nginx/ndoo-proxy.conf": tmp_path / "ndoo-proxy.conf",
        "/var/log/nginx/ndoo.log": tmp_path / "log",
    }.items():
        text = text.replace(old, str(new))
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
    said = subprocess.run(
        ["nginx", "-t", "-e", tmp_path / "errors", "-c", tmp_path / "nginx.conf"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
