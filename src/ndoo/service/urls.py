"""The addresses of the service."""

from __future__ import annotations

from django.urls import include, path

from ndoo.service.api.assembly import assembled
from ndoo.service.api.page import page_of
from ndoo.service.api_clients import discovery
from ndoo.service.asset_register import urls as governance
from ndoo.service.choices.demonstration import people as demonstration_people
from ndoo.service.choices.operator import follow_form
from ndoo.service.choices.patient import urls as journey
from ndoo.service.health import health, live, ready
from ndoo.service.messages.outbox import messages as demonstration_messages
from ndoo.service.metrics import metrics
from ndoo.service.release_check import release_check
from ndoo.service.staff.demonstration import accounts_page as demo_staff

API = assembled()

urlpatterns = [
    path("health", health, name="health"),
    path("health/live", live, name="live"),
    path("health/ready", ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("", include(discovery)),
    path("api/", page_of(API), name="api-page"),
    path("api/", API.urls),
    path("staff/", include("ndoo.service.staff.urls")),
    path("staff/", include("ndoo.service.choices.operator.urls")),
    path("staff/", include(journey.staff)),
    path("staff/", include(governance.staff)),
    path("statement/", include(governance.public)),
    path("calendar/", include(governance.feeds)),
    path("staff/", include("ndoo.service.uphold_jobs.urls")),
    path("staff/", include("ndoo.service.list_checks.urls")),
    path("check", release_check, name="release-check"),
    path("demo/staff", demo_staff, name="demo-staff"),
    path("forms/number", follow_form.number, name="form-number"),
    path("forms/follow", follow_form.follow, name="form-follow"),
    path("", include("ndoo.service.guidance.urls")),
    path("statistics/", include("ndoo.service.statistics.urls")),
    path("updates/", include("ndoo.service.news.urls")),
    path("journey/", include(journey)),
    path("nhs-login/", include("ndoo.service.choices.identity.nhs_login.urls")),
    path("demo/people", demonstration_people, name="demo-people"),
    path("demo/messages", demonstration_messages, name="demo-messages"),
]

handler400 = "ndoo.service.error_pages.bad_request"
handler403 = "ndoo.service.error_pages.forbidden"
handler404 = "ndoo.service.error_pages.not_found"
handler500 = "ndoo.service.error_pages.broken"
