"""The addresses of the staff's side. Who may open which stands in `access.py`."""

from __future__ import annotations

from django.urls import path

from ndoo.service.staff import account_pages, audit_pages, console, me, second_factor, sign_in
from ndoo.service.staff.organisation_login import views as organisation_login

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="staff-sign-in"),
    path("set-up", sign_in.set_up, name="staff-set-up"),
    path("organisation/start", organisation_login.start, name="staff-organisation-start"),
    path("organisation/back", organisation_login.back, name="staff-organisation-back"),
    path("sign-out", sign_in.sign_out, name="staff-sign-out"),
    path("signed-out", sign_in.signed_out, name="staff-signed-out"),
    path("second-factor", second_factor.ask, name="staff-second-factor"),
    path("second-factor/set-up", second_factor.enrol, name="staff-enrol"),
    path("second-factor/recovery", second_factor.recover, name="staff-recovery"),
    path("", console.home, name="staff-home"),
    path("stay", console.stay, name="staff-stay"),
    path("me", me.me, name="staff-me"),
    path("me/password", me.password, name="staff-password"),
    path("me/recovery-codes", me.recovery_codes, name="staff-recovery-codes"),
    path("accounts", account_pages.everybody, name="staff-accounts"),
    path("accounts/add", account_pages.add, name="staff-account-add"),
    path("accounts/<int:pk>", account_pages.account, name="staff-account"),
    path("accounts/<int:pk>/role", account_pages.change_role, name="staff-account-role"),
    path("accounts/<int:pk>/shut", account_pages.shut, name="staff-account-shut"),
    path("accounts/<int:pk>/reopen", account_pages.reopen, name="staff-account-reopen"),
    path("accounts/<int:pk>/reset", account_pages.reset, name="staff-account-reset"),
    path("audit", audit_pages.find, name="staff-audit"),
    path("audit/views", audit_pages.views, name="staff-views"),
]
