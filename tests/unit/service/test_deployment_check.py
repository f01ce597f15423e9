"""What would harm people in a service that is set up wrongly is told before it begins, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from ndoo.domain.errors import NoUsableList
from ndoo.service import configuration, deployment_check
from ndoo.service.deployment_check import problems

GOOD = {
    "NDOO_HOSTS": "choices.example.nhs.uk",
    "NDOO_PUBLIC_ADDRESS": "https://choices.example.nhs.uk",
    "NDOO_HTTPS": "on",
    "NDOO_DEMO": "off",
    "NDOO_PROXIES": "1",
    "NDOO_SECRET_KEY": "".join(chr(33 + at % 90) for at in range(64)),
    "NDOO_MESSAGES": "smtp",
    "NDOO_MAIL_SERVER": "smtps://mail.example.nhs.uk",
    "NDOO_MAIL_FROM": "no-reply@example.nhs.uk",
}


@pytest.fixture
def deployed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service that is set up as an organisation would; its data folder."""
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("NDOO_DATA", str(folder))
    monkeypatch.setenv("NDOO_LEDGER_HEADS", str(tmp_path / "heads"))
    monkeypatch.setattr(deployment_check, "_django", list)  # the tests' own settings are no deployment's
    return folder


@pytest.fixture
def administrator(db: None) -> User:
    """Somebody who can manage accounts, with their second factor."""
    user = User.objects.create_user("ada.administrator")
    user.groups.add(Group.objects.get_or_create(name="administrator")[0])
    TOTPDevice.objects.create(user=user, name="phone", confirmed=True)
    return user


def codes() -> list[str]:
    return [one.code for one in problems()]


def test_a_service_that_is_set_up_has_no_problem(deployed: Path, administrator: User) -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("NDOO_DEMO", "on", "demo"),
        ("NDOO_HTTPS", "off", "https"),
        ("NDOO_LOG_LEVEL", "loud", "setting"),
        ("NDOO_METRICS_TOKEN", "short", "setting"),
        ("NDOO_KEY_NETWORKS", "169.254.169.254/32", "setting"),
        ("NDOO_HOSTS", "*", "hosts"),
        ("NDOO_PUBLIC_ADDRESS", "", "public-address"),
        ("NDOO_PUBLIC_ADDRESS", "http://choices.example.nhs.uk", "public-address"),
        ("NDOO_PROXIES", "0", "proxies"),
        ("NDOO_SECRET_KEY", "short", "secret-key"),
        ("NDOO_SECRET_KEY", "a" * 64, "secret-key"),
        ("NDOO_MAIL_SERVER", "", "messages"),
        ("NDOO_MAIL_FROM", "", "messages"),
        ("NDOO_MAINTENANCE", "on", "maintenance"),
        ("NDOO_LEDGER_HEADS", "", "ledger-heads"),
        ("NDOO_NHS_LOGIN_ISSUER", "https://login.example.nhs.uk", "setting"),
    ],
)
def test_each_setting_that_would_harm_is_told(
    name: str, value: str, code: str, deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    assert codes() == [code]


def test_a_service_that_only_this_machine_reaches_is_told(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_HOSTS", "localhost,127.0.0.1")
    assert codes() == ["hosts", "public-address"]


def test_heads_beside_the_register_are_told(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_LEDGER_HEADS", str(deployed / "heads"))
    assert codes() == ["ledger-heads"]


def test_on_several_machines_one_secret_is_set(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_DATABASE_URL", "postgresql://localhost/choices")
    monkeypatch.delenv("NDOO_SECRET_KEY")
    assert codes() == ["secret-key"]


def test_all_settings_that_cannot_be_read_are_told_at_once(deployed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_HTTPS", "perhaps")
    monkeypatch.setenv("NDOO_PROXIES", "many")
    monkeypatch.setenv("NDOO_MESSAGES", "pigeon")
    monkeypatch.setenv("NDOO_PUBLIC_ADDRESS", "choices.example.nhs.uk/path")
    assert [one.sentence.split()[2] for one in problems()] == ["https", "proxies", "public_address", "messages"]


@pytest.mark.parametrize(
    "said", ["https://a@b.nhs.uk", "ftp://b.nhs.uk", "https://", "https://[", "https://b.nhs.uk?x"]
)
def test_an_address_with_more_than_a_host_is_no_public_address(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NDOO_PUBLIC_ADDRESS", said)
    assert [fault.code for fault in configuration.wrong()] == ["setting"]


def test_a_data_folder_that_others_can_read_is_told(deployed: Path, administrator: User) -> None:
    deployed.chmod(0o755)
    assert codes() == ["data-folder"]


def test_a_data_folder_that_is_not_there_is_told(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_DATA", str(deployed / "none"))
    assert codes() == ["data-folder"]


def test_other_carriers_and_directories_are_looked_at_too(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_MESSAGES", "notify")
    monkeypatch.setenv("NDOO_DEMOGRAPHICS", "pds")
    assert codes() == ["setting", "setting"]


def test_missing_styles_are_told(deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ndoo.service.run_service.FRONTEND", deployed / "none")
    assert codes() == ["frontend-missing"]


def test_nobody_who_could_manage_accounts_is_told(deployed: Path, administrator: User) -> None:
    TOTPDevice.objects.all().delete()
    assert [one.sentence for one in problems()] == [
        "No administrator has set up their second factor yet: sign in at /staff/ once."
    ]
    administrator.delete()
    assert codes() == ["no-administrator"]


def test_clocks_that_are_apart_are_told(deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ahead = timezone.now() + timezone.timedelta(minutes=5)
    monkeypatch.setattr("ndoo.service.database_time.database_time", lambda: ahead)
    assert codes() == ["clocks"]


def test_a_register_that_may_not_answer_is_told(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind() -> None:
        raise NoUsableList("register-behind", "The register is older than its newest signed head.")

    monkeypatch.setattr("ndoo.service.ledger.freshness.refuse_what_is_behind", behind)
    assert codes() == ["register-behind"]


def test_a_register_of_an_earlier_version_is_told(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.service import upgrade_register

    earlier = upgrade_register.TablesState(bare=False, outstanding=(object(),), unknown=())  # type: ignore[arg-type]
    monkeypatch.setattr(upgrade_register, "form_of", lambda _: earlier)
    assert codes() == ["register-not-upgraded"]


def test_nobody_is_told_to_make_a_new_register_where_one_was_lost(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ndoo.service import upgrade_register
    from ndoo.service.ledger.register_note import RegisterNote, write_note

    bare = upgrade_register.TablesState(bare=True, outstanding=(object(),), unknown=())  # type: ignore[arg-type]
    monkeypatch.setattr(upgrade_register, "form_of", lambda _: bare)
    assert codes() == ["register-not-upgraded"]
    write_note(RegisterNote({"a log": "a key"}))
    assert codes() == ["register-lost"]
    monkeypatch.setattr(deployment_check, "is_there", lambda _: False)
    assert codes() == ["register-lost"]


def test_an_address_that_its_own_pages_would_refuse_is_told(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every link in a message would lead to "bad request"."""
    monkeypatch.setenv("NDOO_PUBLIC_ADDRESS", "https://choice.example.nhs.uk")
    assert codes() == ["public-address"]
    monkeypatch.setenv("NDOO_HOSTS", ".example.nhs.uk")
    assert codes() == []


def test_statistics_that_cannot_be_shown_are_told_and_stop_nobody(
    deployed: Path, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NDOO_STATISTICS", str(deployed / "not_mounted"))
    assert [problem.sentence for problem in problems()] == [
        "The folder that the setting statistics names cannot be read."
    ]
    assert Client().get("/").status_code == 200
