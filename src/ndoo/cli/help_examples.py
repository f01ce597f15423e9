"""Two examples for each command and for each command of a group, which its help shows below its options."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, str]] = {
    "uphold": (
        "ndoo uphold extract.csv -o released.csv --allowed cleaned.dat --checked-at 2026-11-20",
        "ndoo uphold extract.parquet -o released.parquet --opted-out opted-out.txt --checked-at 2026-11-20 --dry-run",
    ),
    "sql": (
        "ndoo sql visits --dialect sqlserver --columns nhs_number,ward --nhs-number nhs_number --list allowed",
        "ndoo sql visits --dialect postgresql --nhs-number nhs_number --list opted-out --as policy",
    ),
    "verify": (
        "ndoo verify released.csv --allowed cleaned.dat --checked-at 2026-11-20",
        "ndoo verify released.csv --no-list --signed-by trust",
    ),
    "recall": (
        "ndoo recall /srv/releases --opted-out opted-out.txt --checked-at 2026-11-20",
        "ndoo recall released.csv --register",
    ),
    "type1": ("ndoo type1 status codes.csv -o status.csv", "ndoo type1 rerun /srv/releases --type1 codes.csv"),
    "scan": ("ndoo scan /srv/extracts", "ndoo scan env:WAREHOUSE --fail-on yes"),
    "impact": (
        "ndoo impact extract.csv released.csv --by age --by sex -o impact.html",
        "ndoo impact extract.csv released.csv --by ward --rows",
    ),
    "statistics": (
        "ndoo statistics -o published --register --people people.csv --list-sizes sizes.csv --practices practices.csv --areas areas.csv",
        "ndoo statistics -o trial --opted-out out.txt --as-at 2026-11-01 --people p.csv --list-sizes s.csv --practices g.csv --areas a.csv",
    ),
    "applies": ("ndoo applies flow.toml", "ndoo applies --ask -o flow.toml"),
    "check": (
        "ndoo check numbers.txt -o cleaned.dat --register",
        "ndoo check numbers.csv -o cleaned.dat --mesh production --nhs-number nhs_number",
    ),
    "mesh": (
        "ndoo mesh request numbers.txt --profile production",
        "ndoo mesh collect --profile production -o cleaned.dat",
    ),
    "register": ("ndoo register import choices.csv", "ndoo register snapshot -o snapshot"),
    "assets": ("ndoo assets import assets.toml", "ndoo assets article-30 -o processing.csv"),
    "review": ("ndoo review assets.toml --evidence /srv/releases", "ndoo review --calendar due.ics"),
    "statement": (
        "ndoo statement assets.toml --evidence /srv/releases -o statement.md",
        "ndoo statement --evidence-pack evidence.zip",
    ),
    "ledger": ("ndoo ledger export -o ledger.jsonl", "ndoo ledger verify ledger.jsonl"),
    "staff": ("ndoo staff add ada --role administrator", "ndoo staff reset ada"),
    "callers": ("ndoo callers list", "ndoo callers revoke research-platform"),
    "key": ("ndoo key show", "ndoo key trust trust.example rPTqGdX9m2wU0cJv6g3mC1m0O0t8h1o5V6bq6y8x1nE="),
    "show": ("ndoo show released.csv", "ndoo show --check check.html"),
    "explain": ("ndoo explain list-stale", "ndoo explain output-exists --json"),
    "doctor": ("ndoo doctor", "ndoo doctor --json"),
    "init": ("ndoo init", "ndoo init -o /etc/ndoo/ndoo.toml"),
    "config": ("ndoo config trust", "ndoo config trust --json"),
    "help": ("ndoo help uphold", "ndoo help register import"),
    "backup": ("ndoo backup /backup/2026-11-29", "ndoo backup /backup/2026-11-29 --json"),
    "restore": ("ndoo restore /backup/2026-11-29", "ndoo restore /backup/2026-11-29 --json"),
    "serve": ("ndoo serve --demo", "ndoo serve --port 8080 --host 0.0.0.0"),
    "type1 status": ("ndoo type1 status codes.csv", "ndoo type1 status codes.parquet -o status.csv"),
    "type1 rerun": (
        "ndoo type1 rerun released.csv --type1 codes.csv",
        "ndoo type1 rerun /srv/releases --type1 codes.csv --json",
    ),
    "mesh checklist": ("ndoo mesh checklist", "ndoo mesh checklist --json"),
    "mesh collect": (
        "ndoo mesh collect --profile production -o cleaned.dat",
        "ndoo mesh collect --profile production --request 7 -o cleaned.dat --timeout 600",
    ),
    "mesh doctor": ("ndoo mesh doctor --profile production", "ndoo mesh doctor reply.dat --json"),
    "mesh plan": ("ndoo mesh plan --people 250000", "ndoo mesh plan --people 250000 --refresh-days 14"),
    "mesh rehearse": (
        "ndoo mesh rehearse --profile integration",
        "ndoo mesh rehearse --profile integration --crowd 500 -o rehearsal.html",
    ),
    "mesh repair": ("ndoo mesh repair --profile production", "ndoo mesh repair --profile production --json"),
    "mesh request": (
        "ndoo mesh request numbers.txt --profile production",
        "ndoo mesh request numbers.txt --profile production --ask-again",
    ),
    "mesh respond": (
        "ndoo mesh respond --profile national --once",
        "ndoo mesh respond --profile national --opted-out opted-out.txt --checked-at 2026-11-20",
    ),
    "register history": (
        "ndoo register history --reason 'patient asked by phone'",
        "ndoo register history --show-identifiers --reason 'complaint 42'",
    ),
    "register import": ("ndoo register import choices.csv", "ndoo register import choices.csv --json"),
    "register new": ("ndoo register new", "ndoo register new --json"),
    "register repair": ("ndoo register repair", "ndoo register repair --json"),
    "register set": (
        "ndoo register set --choice opt_out --channel phone",
        "ndoo register set --choice allow --channel post --proxy-role parent",
    ),
    "register show": (
        "ndoo register show --reason 'patient asked by phone'",
        "ndoo register show --as-at 2026-11-01 --reason 'complaint 42'",
    ),
    "register snapshot": (
        "ndoo register snapshot -o register.snapshot",
        "ndoo register snapshot -o november.snapshot --as-at 2026-11-01",
    ),
    "assets article-30": ("ndoo assets article-30 -o record.csv", "ndoo assets article-30 assets.toml -o record.csv"),
    "assets decide": ("ndoo assets decide", "ndoo assets decide assets.toml --json"),
    "assets dpia": ("ndoo assets dpia F-12 -o section.md", "ndoo assets dpia F-12 assets.toml -o section.md"),
    "assets export": ("ndoo assets export assets.xlsx", "ndoo assets export assets.toml --from assets.xlsx"),
    "assets import": ("ndoo assets import assets.toml", "ndoo assets import assets.xlsx --replace"),
    "ledger accept": (
        "ndoo ledger accept --because 'heads restored from the copy of 1 November'",
        "ndoo ledger accept --because 'incident 42 closed' --json",
    ),
    "ledger erase": (
        "ndoo ledger erase 42 evidence --because 'erasure request 7'",
        "ndoo ledger erase 42 evidence --because 'erasure request 7' --agree",
    ),
    "ledger export": ("ndoo ledger export -o ledger.jsonl", "ndoo ledger export -o ledger.jsonl --force"),
    "ledger head": ("ndoo ledger head", "ndoo ledger head --json"),
    "ledger leaves": ("ndoo ledger leaves", "ndoo ledger leaves --manifest released.csv.manifest.json"),
    "ledger receipt": ("ndoo ledger receipt 42 -o receipt.json", "ndoo ledger receipt 42 -o receipt.json --open"),
    "ledger verify": ("ndoo ledger verify", "ndoo ledger verify ledger.jsonl --heads /mnt/heads"),
    "staff add": (
        "ndoo staff add ada --role administrator",
        "ndoo staff add grace --role information_governance --given Grace --family Hopper",
    ),
    "staff reset": ("ndoo staff reset ada", "ndoo staff reset grace"),
    "callers add": (
        "ndoo callers add research --organisation Trust --ods RXX --asset Cohort --population 50000 --scope lists.check --public-key caller.pem",
        "ndoo callers add audit --organisation Trust --ods RXX --asset Audit --population 2000 --scope governance.read --public-key audit.pem",
    ),
    "callers key": (
        "ndoo callers key research --public-key new.pem",
        "ndoo callers key research --public-key new.pem --json",
    ),
    "callers list": ("ndoo callers list", "ndoo callers list --json"),
    "callers revoke": ("ndoo callers revoke research", "ndoo callers revoke research --key 2026-11"),
    "key backup": ("ndoo key backup /media/safe/sealing.key", "ndoo key backup /media/safe/sealing.key --json"),
    "key distrust": ("ndoo key distrust trust.example", "ndoo key distrust trust.example --json"),
    "key list": ("ndoo key list", "ndoo key list --json"),
    "key open": ("ndoo key open released.csv", "ndoo key open released.csv extract.csv -o opening.json"),
    "key rotate": ("ndoo key rotate", "ndoo key rotate --json"),
    "key show": ("ndoo key show", "ndoo key show --json"),
    "key trust": (
        "ndoo key trust trust.example rPTqGdX9m2wU0cJv6g3mC1m0O0t8h1o5V6bq6y8x1nE=",
        "ndoo key trust lab rPTqGdX9m2wU0cJv6g3mC1m0O0t8h1o5V6bq6y8x1nE= --json",
    ),
    "config trust": ("ndoo config trust", "ndoo config trust --json"),
    "serve check": ("ndoo serve check", "ndoo serve check --json"),
    "serve keeper": ("ndoo serve keeper", "ndoo serve keeper --quiet"),
    "serve migrate": ("ndoo serve migrate", "ndoo serve migrate --quiet"),
    "serve web": ("ndoo serve web --port 8080", "ndoo serve web --port 8080 --host 0.0.0.0"),
    "serve worker": ("ndoo serve worker", "ndoo serve worker --quiet"),
}
"""Two for each command, the plainest first; of a group, and of each command in it."""
