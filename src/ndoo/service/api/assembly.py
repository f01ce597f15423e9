"""What the HTTP API consists of: a room that has something for other systems adds its router to `ROUTERS`."""

from __future__ import annotations

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from ndoo import __version__
from ndoo.domain.errors import NdooError
from ndoo.service.api.description import complete
from ndoo.service.api_clients.bearer import Bearer
from ndoo.service.api_clients.problems import HTTPProblem, status_of, told

ROUTERS = (
    ("", "ndoo.service.api_clients.routes.router"),
    ("/lists", "ndoo.service.list_checks.list_routes.router"),
    ("/fhir/R4", "ndoo.service.list_checks.fhir.routes.r4"),
    ("/fhir/STU3", "ndoo.service.list_checks.fhir.routes.stu3"),
    ("/governance", "ndoo.service.asset_register.routes.router"),
)
"""Address under `/api` and router. Every route says `auth=Bearer(Scope.…)`, or why anybody may use it."""

log = logging.getLogger("ndoo.api")


class ScopedApi(NinjaAPI):
    """Django Ninja's, whose description also names the scope of each route."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The description."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        scopes = self.scopes()
        for methods in schema["paths"].values():
            for operation in methods.values():
                if scope := scopes.get(operation["operationId"]):
                    operation["security"] = [{Bearer.__name__: [scope]}]
        complete(schema)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The name of the view: what a generated client calls it."""
        return str(operation.view_func.__name__)

    def scopes(self) -> dict[str, str]:
        """The scope that each route needs, by the name of its operation; whatever is left out is open to anybody."""
        return {
            operation.operation_id or self.get_openapi_operation_id(operation): auth.scope.value
            for router in self._get_bound_routers()
            for view in router.path_operations.values()
            for operation in view.operations
            for auth in operation.auth_callbacks
            if isinstance(auth, Bearer)
        }


def assembled() -> NinjaAPI:
    """The API with every room's routes."""
    api = ScopedApi(
        title="ndoo",
        version=__version__,
        urls_namespace="api",
        docs_url=None,
        description="Lists of NHS numbers checked against the register of national data opt-outs, the choice of one "
        "person as FHIR, and the register of assets and flows with its decisions, findings and evidence.",
    )
    for place, router in ROUTERS:
        api.add_router(place, router)
    for kind, handler in _HANDLERS.items():
        api.add_exception_handler(kind, handler)
    return api


def _fault(request: HttpRequest, error: Any) -> HttpResponse:
    """Neither the message nor the trace goes anywhere: both may quote what was sent."""
    log.error("a request failed: %s", type(error).__name__)
    return told(request, 500, "fault", "An unexpected fault. Nothing was answered.")


_HANDLERS: dict[type[Exception], Any] = {
    AuthenticationError: lambda request, error: told(request, 401, "no-token", "A token that stands is needed."),
    AuthorizationError: lambda request, error: told(request, 403, "no-scope", "The token lacks the scope for this."),
    HttpError: lambda request, error: told(request, error.status_code, "refused", "The request is refused."),
    ValidationError: lambda request, error: told(request, 422, "request-malformed", "The request is not of its form."),
    Http404: lambda request, error: told(request, 404, "not-found", "There is nothing at this address."),
    HTTPProblem: lambda request, error: told(
        request, error.status, error.code, error.sentence, error.headers, error.element
    ),
    NdooError: lambda request, error: told(request, status_of(error), error.code, error.sentence),
    Exception: _fault,
}
