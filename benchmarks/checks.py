"""How quickly does the HTTP API answer? `python -m benchmarks.checks [people]`, 100,000 by default.

The real service (`ndoo serve`) on its default database, with a register of as many choices and a register of people that
knows them all: a list of everybody as JSON, as lines and as CSV, each held against every brake, with its audit and
with the histories of those withheld written; then single choices as FHIR, each counted and in the audit; then lists of 1,000
people from several clients at once. Measured at the clients, which share the machine with the service.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import httpx2
from joserfc import jwt
from joserfc.jwk import RSAKey

from ndoo.domain.nhs_number import check_digit

LOOKS = 500
ROUNDS = 5
AT_ONCE = 10
SHORT, SHORT_LISTS = 1_000, 300
OPTED_OUT = 0.055
"""Of all people, April 2023 (interfaces, section 11)."""


def numbers(count: int) -> list[str]:
    """So many of the range that is never issued."""
    chance = random.Random(1)
    nines = iter(chance.sample(range(990_000_000, 999_999_999), 2 * count))
    return [f"{nine}{digit}" for nine in nines if (digit := check_digit(str(nine))) is not None][:count]


def register(everybody: list[str], folder: Path) -> None:
    """The people, and a choice of each."""
    chance = random.Random(2)
    now = datetime.now(UTC).isoformat()
    rows = "".join(
        f"{one},{'opt_out' if chance.random() < OPTED_OUT else 'allow'},{now},online,self,\n" for one in everybody
    )
    (folder / "choices.csv").write_text("nhs_number,choice,recorded_at,channel,by,proxy_role\n" + rows)
    subprocess.run([*NDOO, "register", "import", "choices.csv", "--quiet"], check=True, cwd=folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "ndoo.service.settings"
    import django

    django.setup()
    from ndoo.service.choices.identity.models import KnownPerson

    KnownPerson.objects.bulk_create(
        (
            KnownPerson(nhs_number=one, given_name="A", family_name="B", matched_name="ab", born=date(1970, 1, 1))
            for one in everybody
        ),
        batch_size=20_000,
    )


NDOO = [sys.executable, "-c", "from ndoo.cli.main import run; run()"]


def caller(folder: Path, people: int) -> RSAKey:
    """A system that may ask about all of them."""
    made = RSAKey.generate_key(2048)
    key = RSAKey.import_key({**made.as_dict(private=True), "kid": "bench"})
    (folder / "key.json").write_text(json.dumps(key.as_dict(private=False)))
    subprocess.run(
        [
            *NDOO,
            "callers",
            "add",
            "bench",
            "--organisation",
            "Bench",
            "--ods",
            "RX9",
            "--asset",
            "Everybody",
            "--quiet",
            "--population",
            str(people),
            "--scope",
            "lists.check",
            "--scope",
            "system/Consent.read",
            "--public-key",
            "key.json",
        ],
        check=True,
        cwd=folder,
    )
    return key


def token(client: httpx2.Client, key: RSAKey) -> str:
    """A token for both scopes."""
    address = str(client.base_url.join("/api/token"))
    claims = {"iss": "bench", "sub": "bench", "aud": address, "exp": int(time.time()) + 60, "jti": str(uuid.uuid4())}
    answer = client.post(
        "/api/token",
        data={
            "grant_type": "client_credentials",
            "client_assertion": jwt.encode({"alg": "RS512", "kid": "bench"}, claims, key, algorithms=["RS512"]),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        },
    )
    return str(answer.raise_for_status().json()["access_token"])


def timed(client: httpx2.Client, path: str, body: bytes, kind: str) -> tuple[float, httpx2.Response]:
    """Seconds until the whole answer is there."""
    begin = time.perf_counter()
    answer = client.post(path, content=body, headers={"Content-Type": kind})
    return time.perf_counter() - begin, answer.raise_for_status()


def measure(address: str, key: RSAKey, everybody: list[str]) -> None:
    """Print what it takes."""
    client = httpx2.Client(base_url=address, timeout=120)
    client.headers["Authorization"] = f"Bearer {token(client, key)}"
    lines = "".join(f"{one},\n" for one in everybody).encode()
    bodies = {
        "application/json": json.dumps({"nhs_numbers": everybody}).encode(),
        "text/plain": lines,
        "text/csv": b"nhs_number\n" + lines.replace(b",", b""),
    }
    print(f"a list of {len(everybody):,} over HTTP, seconds, {ROUNDS} times each")
    for kind, body in bodies.items():
        taken = []
        for _ in range(ROUNDS):
            seconds, answer = timed(client, "/api/lists", body, kind)
            if answer.status_code != 200:
                raise SystemExit(f"{kind}: {answer.status_code}")
            taken.append(seconds)
        said = answer.json()
        print(
            f"  {kind:18} median {statistics.median(taken):.2f}, worst {max(taken):.2f}  "
            f"({said['allowed']:,} allowed, {said['withheld']:,} withheld, {len(body) / 1e6:.1f} MB sent)"
        )
    for clients in (1, AT_ONCE):
        asked = random.Random(3).sample(everybody, min(LOOKS, len(everybody)))
        wanted = [f"patient.identifier=https%3A%2F%2Ffhir.nhs.uk%2FId%2Fnhs-number%7C{one}".encode() for one in asked]
        told("one choice as FHIR", clients, *many(client, clients, SEARCH, wanted, "application/x-www-form-urlencoded"))
    chance = random.Random(4)
    lists = [json.dumps({"nhs_numbers": chance.sample(everybody, SHORT)}).encode() for _ in range(SHORT_LISTS)]
    for clients in (1, AT_ONCE):
        told(f"a list of {SHORT:,}", clients, *many(client, clients, "/api/lists", lists, "application/json"))


SEARCH = "/api/fhir/R4/Consent/_search"


def many(client: httpx2.Client, clients: int, path: str, bodies: list[bytes], kind: str) -> tuple[list[float], float]:
    """Milliseconds of each answer, by so many clients at once, and how many answers there were in a second."""
    begin = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        taken = list(pool.map(lambda body: 1000 * timed(client, path, body, kind)[0], bodies))
    return taken, len(bodies) / (time.perf_counter() - begin)


def told(what: str, clients: int, taken: list[float], rate: float) -> None:
    """Print it."""
    parts = statistics.quantiles(taken, n=100)
    print(
        f"{what}, {clients} at once, {len(taken)} times: {rate:.0f} a second; "
        f"milliseconds: median {parts[49]:.1f}, p95 {parts[94]:.1f}, p99 {parts[98]:.1f}"
    )


def main() -> None:
    """Make a register, serve it, ask it."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="ndoo-bench-") as name:
        folder = Path(name)
        os.environ["NDOO_DATA"], os.environ["NDOO_HTTPS"] = name, "off"
        everybody = numbers(people)
        register(everybody, folder)
        key = caller(folder, people)
        serving = subprocess.Popen(
            [*NDOO, "serve", "--port", "0", "--json", "--quiet"], stdout=subprocess.PIPE, cwd=folder, text=True
        )
        try:
            said = ""
            while not said.endswith("}\n"):
                said += serving.stdout.readline() if serving.stdout else "}\n"
            measure(json.loads(said)["address"], key, everybody)
        finally:
            serving.terminate()
            serving.wait(30)
    print(f"load of the machine before, over 1, 5 and 15 minutes: {load[0]:.1f}, {load[1]:.1f}, {load[2]:.1f}")


if __name__ == "__main__":
    main()
