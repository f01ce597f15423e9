"""The addresses of the journey."""

from __future__ import annotations

from django.urls import path

from ndoo.service.choices.journey import asking, choosing, dead_ends, proving, starting

urlpatterns = [
    path("", starting.start, name="journey-start"),
    path("cookies", starting.cookies, name="journey-cookies"),
    path("session-over", starting.session_over, name="journey-session-over"),
    path("sign-out", starting.sign_out, name="journey-sign-out"),
    path("signed-out", starting.signed_out, name="journey-signed-out"),
    path("name", asking.AskName.as_view(), name="journey-name"),
    path("date-of-birth", asking.AskBorn.as_view(), name="journey-date-of-birth"),
    path("know-your-nhs-number", asking.AskKnowsNumber.as_view(), name="journey-know-your-nhs-number"),
    path("nhs-number", asking.AskNumber.as_view(), name="journey-nhs-number"),
    path("postcode", asking.AskPostcode.as_view(), name="journey-postcode"),
    path("how-to-send-your-code", asking.AskWay.as_view(), name="journey-how-to-send-your-code"),
    path("check-your-details", asking.CheckDetails.as_view(), name="journey-check-your-details"),
    path("finding", proving.Finding.as_view(), name="journey-finding"),
    path("finding/progress", proving.FindingProgress.as_view(), name="journey-progress"),
    path("code", proving.EnterCode.as_view(), name="journey-code"),
    path("new-code", proving.NewCode.as_view(), name="journey-new-code"),
    path("no-code", proving.NoCode.as_view(), name="journey-no-code"),
    path("code-spent", proving.CodeSpent.as_view(), name="journey-code-spent"),
    path("code-expired", proving.CodeExpired.as_view(), name="journey-code-expired"),
    path("too-many-codes", proving.TooManyCodes.as_view(), name="journey-too-many-codes"),
    path("choice", choosing.MakeChoice.as_view(), name="journey-choice"),
    path("review", choosing.Review.as_view(), name="journey-review"),
    path("saved", choosing.Saved.as_view(), name="journey-saved"),
    path("changed-meanwhile", choosing.ChangedMeanwhile.as_view(), name="journey-changed-meanwhile"),
    path("history", choosing.History.as_view(), name="journey-history"),
    *dead_ends.addresses(),
]
