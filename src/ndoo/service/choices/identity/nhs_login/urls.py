"""The two addresses of NHS login; there are none where the service is not registered with it."""

from __future__ import annotations

from django.urls import path

from ndoo.service.choices.identity.nhs_login import views
from ndoo.service.choices.identity.nhs_login.provider import registered

urlpatterns = (
    [path("start", views.start, name="nhs-login-start"), path("back", views.back, name="nhs-login-back")]
    if registered()
    else []
)
