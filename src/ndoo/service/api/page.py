"""The API's documentation as a page: one page, made from the same description that machines read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from ndoo.service.api_clients.scopes import MEANING, OF_TOKENS

SHOWN = ("get", "post", "put", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Route:
    """One route, as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    sends: tuple[str, ...]
    statuses: tuple[str, ...]


def page_of(api: NinjaAPI) -> Any:
    """The view of this API's documentation."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        """Every route, by group."""
        return render(
            request,
            "api/page.jinja",
            {"groups": groups(api.get_openapi_schema()), "scopes": {scope: MEANING[scope] for scope in OF_TOKENS}},
        )

    return page


def groups(schema: dict[str, Any]) -> dict[str, list[Route]]:
    """The routes by their first tag, in the order of the description."""
    found: dict[str, list[Route]] = {}
    for path, methods in schema["paths"].items():
        for method in SHOWN:
            if operation := methods.get(method):
                found.setdefault(operation.get("tags", ["Other"])[0], []).append(_route(method, path, operation))
    return found


def _route(method: str, path: str, operation: dict[str, Any]) -> Route:
    return Route(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=" ".join(operation.get("description", "").split()),
        scope="".join(scope for need in operation.get("security", []) for scopes in need.values() for scope in scopes),
        sends=tuple(operation.get("requestBody", {}).get("content", {})),
        statuses=tuple(str(status) for status in operation["responses"]),
    )
