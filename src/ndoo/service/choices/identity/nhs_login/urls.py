"""The two addresses of NHS login."""

from __future__ import annotations

from django.urls import path

from ndoo.service.choices.identity.nhs_login import views

urlpatterns = [
    path("start", views.start, name="nhs-login-start"),
    path("back", views.back, name="nhs-login-back"),
]
