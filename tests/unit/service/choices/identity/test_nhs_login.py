"""Nobody becomes somebody else by way of NHS login: the provider is a certified one, and every claim is tried."""

from __future__ import annotations

import base64
import importlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import clear_url_caches, reverse
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

from ndoo.domain.errors import UsageFault
from ndoo.service import openid, urls
from ndoo.service.choices import choice_history
from ndoo.service.choices.identity.nhs_login import proof, provider
from ndoo.service.choices.identity.nhs_login import urls as own_urls
from tests.support import nhs_login_peer
from tests.support.patients import ANN, known

pytestmark = pytest.mark.django_db
BACK = "http://testserver/nhs-login/back"


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The provider, once for all these tests."""
    with nhs_login_peer.provider(tmp_path_factory.mktemp("login"), BACK) as running:
        yield running


def offer(monkeypatch: pytest.MonkeyPatch, issuer: str, key: Path) -> None:
    """The service as one that is registered with this provider."""
    for name, value in (("ISSUER", issuer), ("CLIENT_ID", "choice-service"), ("KEY", str(key))):
        monkeypatch.setenv(f"NDOO_NHS_LOGIN_{name}", value)
    addresses_anew()


def addresses_anew() -> None:
    importlib.reload(own_urls)
    importlib.reload(urls)
    clear_url_caches()


@pytest.fixture
def offered(peer: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    openid._published.clear()
    with monkeypatch.context() as patched:
        offer(patched, *peer)
        yield
    openid._published.clear()
    addresses_anew()


def came_back(client: Client, person: str, *, agree: bool = True) -> str:
    """Where the provider sends them, as a path of ours."""
    answer = client.get("/nhs-login/start")
    assert answer.status_code == 302
    address = nhs_login_peer.sign_in(answer["Location"], person, agree=agree)
    assert address.startswith(BACK)
    return address.removeprefix("http://testserver")


def proven(client: Client) -> bool:
    return client.get("/journey/choice").status_code == 200


@pytest.mark.usefixtures("offered")
class TestOffered:
    def test_a_person_who_is_proved_chooses_without_a_code(self, client: Client) -> None:
        known()
        client.get("/journey/")
        before = client.session.session_key
        answer = client.get(came_back(client, "proved"), follow=True)
        assert answer.status_code == 200
        assert b"Make your choice" in answer.content
        assert client.session.session_key != before
        client.post("/journey/choice", {"choice": "opt_out"})
        client.post("/journey/review")
        event = choice_history.current(ANN.number)
        assert event is not None
        assert (event.choice, event.channel, event.by) == ("opt_out", "online", "self")

    def test_the_number_is_shown_on_no_page(self, client: Client) -> None:
        known()
        answer = client.get(came_back(client, "proved"), follow=True)
        shown = answer.content.decode().replace(" ", "") + str(answer.redirect_chain)
        assert ANN.number.reveal() not in shown

    @pytest.mark.parametrize(
        ("person", "words", "status"),
        [
            ("hardly-proved", "needs to check who you are", 200),
            ("told-two-ways", "needs to check who you are", 200),
            ("numberless", "could not find your NHS number", 200),
            ("undated", "not working at the moment", 503),
        ],
    )
    def test_whoever_is_not_proved_well_enough_sees_no_choice(
        self, client: Client, person: str, words: str, status: int
    ) -> None:
        known()
        answer = client.get(came_back(client, person))
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
        assert not proven(client)

    def test_a_child_does_not_choose_alone(self, client: Client) -> None:
        known()
        answer = client.get(came_back(client, "child"))
        assert answer["Location"] == reverse("journey-under-age")
        assert not proven(client)

    def test_whoever_does_not_agree_is_told_that_nothing_changed(self, client: Client) -> None:
        answer = client.get(came_back(client, "proved", agree=False))
        assert "Nothing has been changed" in answer.content.decode()
        assert not proven(client)

    def test_an_answer_is_good_once_and_in_its_own_browser(self, client: Client) -> None:
        known()
        address = came_back(client, "proved")
        stranger = Client()
        assert stranger.get(address).status_code == 400
        stranger.get("/nhs-login/start")
        assert stranger.get(address).status_code == 400
        assert client.get(address).status_code == 302
        client.get("/journey/sign-out")
        again = Client()
        assert again.get(address).status_code == 400

    @pytest.mark.parametrize("what", ["nonce", "verifier"])
    def test_an_answer_to_another_question_is_refused(self, client: Client, what: str) -> None:
        known()
        address = came_back(client, "proved")
        session = client.session
        session["nhs_login"] = session["nhs_login"] | {what: "x" * 43}
        session.save()
        assert client.get(address).status_code == 503
        assert not proven(client)

    def test_a_made_up_code_is_refused(self, client: Client) -> None:
        address = came_back(client, "proved")
        state = parse_qs(urlsplit(address).query)["state"][0]
        assert client.get("/nhs-login/back", {"state": state, "code": "made-up"}).status_code == 503
        assert not proven(client)

    def test_a_foreign_subject_is_refused(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        """The two answers must be about the same person."""
        known()
        signed = proof.signed_claims
        monkeypatch.setattr(proof, "signed_claims", lambda *given: signed(*given) | {"sub": "somebody else"})
        assert client.get(came_back(client, "proved")).status_code == 503

    def test_the_start_page_offers_it(self, client: Client) -> None:
        assert "/nhs-login/start" in client.get("/").content.decode()


def test_where_it_is_not_set_up_there_is_no_such_address(client: Client) -> None:
    assert client.get("/nhs-login/start").status_code == 404
    assert "nhs-login" not in client.get("/").content.decode()


@pytest.mark.parametrize("unset", ["ISSUER", "CLIENT_ID", "KEY"])
def test_half_a_registration_is_no_registration(
    unset: str, peer: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ISSUER", peer[0]), ("CLIENT_ID", "choice-service"), ("KEY", str(peer[1]))):
        if name != unset:
            monkeypatch.setenv(f"NDOO_NHS_LOGIN_{name}", value)
    with pytest.raises(UsageFault, match="together"):
        provider.registered()


def test_a_key_that_cannot_be_read_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ISSUER", "https://x"), ("CLIENT_ID", "c"), ("KEY", str(tmp_path / "none"))):
        monkeypatch.setenv(f"NDOO_NHS_LOGIN_{name}", value)
    with pytest.raises(UsageFault, match="PEM"):
        provider.registered()


def test_a_provider_that_does_not_answer_changes_nothing(
    client: Client, peer: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        offer(patched, "http://127.0.0.1:9", peer[1])
        answer = client.get("/nhs-login/start")
        assert answer.status_code == 503
        assert "Nothing has been changed" in answer.content.decode()
    addresses_anew()


ABOUT = {name: f"https://login.example/{name}" for name in openid._WANTED} | {"issuer": "https://login.example"}


@pytest.mark.parametrize(
    "said",
    [
        ABOUT | {"issuer": "https://evil.example"},
        {name: value for name, value in ABOUT.items() if name != "jwks_uri"},
        ABOUT | {"token_endpoint": 5},
    ],
)
def test_a_provider_that_is_another_is_not_asked(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "fetched", lambda _: said)
    with pytest.raises(openid.ProviderDownError):
        openid.published("https://login.example")


def test_what_is_no_object_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Answer:
        def raise_for_status(self) -> None:
            return None

        def json(self) -> Any:
            return ["no", "object"]

    monkeypatch.setattr(openid.httpx2, "get", lambda *_, **__: Answer())
    with pytest.raises(openid.ProviderDownError):
        openid.fetched("https://login.example")


KEY = RSAKey.generate_key(2048, {"kid": "k", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "k", "use": "sig"})


def claims_that_hold() -> dict[str, Any]:
    """Each case changes one. They begin now, whenever this test is reached."""
    now = int(time.time())
    return {
        "iss": "https://login.example",
        "aud": "choice-service",
        "sub": "s",
        "iat": now,
        "exp": now + 300,
        "nonce": "n",
    }


def token(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    claims = {name: value for name, value in (claims_that_hold() | changes).items() if value is not None}
    header = {"alg": "RS512", "kid": "k"} | (header or {})
    return jwt.encode(header, claims, key, algorithms=[header["alg"]])


def unsigned() -> str:
    """Claims that hold, and `none` for a signature."""
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "none"}, claims_that_hold())
    ]
    return ".".join([*parts, ""])


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "fetched", lambda _: KeySet([KEY]).as_dict(private=False))


def claims_of(signed: Any) -> dict[str, Any]:
    return openid.signed_claims(signed, ABOUT, "choice-service", "n", [proof.ALGORITHM])


@pytest.mark.usefixtures("keys")
def test_a_token_that_holds_is_taken() -> None:
    assert claims_of(token())["sub"] == "s"
    assert claims_of(token(aud=["choice-service"]))["sub"] == "s"


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    "forged",
    [
        lambda: token(iss="https://evil.example"),
        lambda: token(iss=None),
        lambda: token(aud="another-service"),
        lambda: token(aud=["choice-service", "another"]),
        lambda: token(aud=None),
        lambda: token(exp=time.time() - 3600),
        lambda: token(exp=None),
        lambda: token(iat=time.time() + 3600),
        lambda: token(iat=None),
        lambda: token(sub=None),
        lambda: token(nonce="another"),
        lambda: token(nonce=None),
        lambda: token(key=OTHER),
        lambda: token({"alg": "RS256"}),
        lambda: token({"alg": "HS256"}, OctKey.import_key(json.dumps(KeySet([KEY]).as_dict(private=False)))),
        lambda: unsigned(),
        lambda: token()[:-8] + "AAAAAAAA",
        lambda: "",
        lambda: None,
        lambda: "a.b.c",
    ],
)
def test_a_token_that_does_not_hold_is_refused(forged: Any) -> None:
    with pytest.raises(openid.ProviderDownError):
        claims_of(forged())
