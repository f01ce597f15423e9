"""The addresses of the register and of the statement. Who may open which stands in `staff/access.py`."""

from __future__ import annotations

from django.urls import path

from ndoo.service.asset_register import open_pages, public_pages, publication_pages, register_pages

staff = [
    path("register/open", open_pages.everything, name="governance-open"),
    path("register/assets", register_pages.assets, name="governance-assets"),
    path("register/flows", register_pages.flows, name="governance-flows"),
    path("register/record/<slug:kind>/<str:ident>", register_pages.one, name="governance-record"),
    path("register/write/<slug:kind>/<str:ident>", register_pages.write, name="governance-write"),
    path("register/remove/<slug:kind>/<str:ident>", register_pages.remove, name="governance-remove"),
    path("register/restore/<slug:kind>/<str:ident>", register_pages.restore, name="governance-restore"),
    path("register/unsign/<slug:kind>/<str:ident>", register_pages.unsign, name="governance-unsign"),
    path("register/decide/<str:ident>", register_pages.decide, name="governance-decide"),
    path("register/sign/<slug:kind>/<str:ident>", register_pages.sign, name="governance-sign"),
    path("register/statement", open_pages.statement, name="governance-statement"),
    path("register/statement/publish", publication_pages.publish, name="governance-publish"),
    path("register/statement/preview", publication_pages.preview, name="governance-preview"),
    path("register/reviews.ics", open_pages.calendar, name="governance-calendar"),
    path("register/calendar", open_pages.feed, name="governance-feed"),
    path("register/register.xlsx", open_pages.workbook, name="governance-workbook"),
    path("register/evidence.zip", open_pages.evidence, name="governance-evidence"),
]
feeds = [path("<str:secret>.ics", open_pages.subscribed, name="calendar-feed")]
public = [
    path("", public_pages.statement, name="statement"),
    path("of/<slug:member>", public_pages.statement, name="statement-of"),
    path("versions", public_pages.versions, name="statement-versions"),
    path("versions/<int:number>", public_pages.statement, name="statement-version"),
    path("versions/<int:before>/<int:after>", public_pages.compared, name="statement-compared"),
]
