"""The page of every route of the HTTP API, from the description that machines read."""

from __future__ import annotations

import os

_PLACE = "/api/"


def api_routes_page() -> str:
    """`docs/reference/api-routes.md`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ndoo.service.settings")
    import django

    django.setup()
    from ndoo.service.urls import API

    lines = [
        "# Routes of the HTTP API",
        "",
        "What a system sends and gets is in the description at `/api/openapi.json`, from which a client can be generated; how to register, get a",
        "token and have a list checked is told in [the HTTP API](api.md).",
        "",
        "| route | scope | what it does | answers |",
        "| --- | --- | --- | --- |",
    ]
    for address, methods in API.get_openapi_schema(path_prefix=_PLACE)["paths"].items():
        for method, operation in methods.items():
            scopes = [scope for one in operation.get("security", []) for scope in one["Bearer"]]
            told = " ".join(f"{operation['summary']}. {operation.get('description', '')}".split())
            statuses = ", ".join(sorted(str(status) for status in operation["responses"]))
            scope = f"`{scopes[0]}`" if scopes else "none"
            lines.append(
                f"| `{method.upper()} {address}` | {scope} | {told.replace('|', chr(92) + '|')} | {statuses} |"
            )
    return "\n".join(lines) + "\n"
