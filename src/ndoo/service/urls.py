"""The addresses of the service."""

from __future__ import annotations

from django.urls import include, path

from ndoo.service.health import health

urlpatterns = [
    path("health", health, name="health"),
    path("", include("ndoo.service.learn.urls")),
]
