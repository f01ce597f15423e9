"""The addresses of the service."""

from __future__ import annotations

from django.urls import include, path

from ndoo.service.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("", include("ndoo.service.learn.urls")),
]

handler400 = "ndoo.service.failing.bad_request"
handler403 = "ndoo.service.failing.forbidden"
handler404 = "ndoo.service.failing.not_found"
handler500 = "ndoo.service.failing.broken"
