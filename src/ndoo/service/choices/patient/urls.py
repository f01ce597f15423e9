"""The addresses of the journey."""

from __future__ import annotations

from django.urls import path

from ndoo.service.choices.patient import choice_views, count_pages, dead_ends, proof_views, question_views, start_views

urlpatterns = [
    path("", start_views.start, name="journey-start"),
    path("cookies", start_views.cookies, name="journey-cookies"),
    path("stay", start_views.stay, name="journey-stay"),
    path("session-over", start_views.session_over, name="journey-session-over"),
    path("sign-out", start_views.sign_out, name="journey-sign-out"),
    path("signed-out", start_views.signed_out, name="journey-signed-out"),
    path("name", question_views.AskName.as_view(), name="journey-name"),
    path("date-of-birth", question_views.AskBorn.as_view(), name="journey-date-of-birth"),
    path("know-your-nhs-number", question_views.AskKnowsNumber.as_view(), name="journey-know-your-nhs-number"),
    path("nhs-number", question_views.AskNumber.as_view(), name="journey-nhs-number"),
    path("postcode", question_views.AskPostcode.as_view(), name="journey-postcode"),
    path("how-to-send-your-code", question_views.AskWay.as_view(), name="journey-how-to-send-your-code"),
    path("check-your-details", question_views.CheckDetails.as_view(), name="journey-check-your-details"),
    path("finding", proof_views.WaitView.as_view(), name="journey-finding"),
    path("finding/progress", proof_views.FindingProgress.as_view(), name="journey-progress"),
    path("code", proof_views.EnterCode.as_view(), name="journey-code"),
    path("new-code", proof_views.NewCode.as_view(), name="journey-new-code"),
    path("no-code", proof_views.NoCode.as_view(), name="journey-no-code"),
    path("code-spent", proof_views.CodeSpent.as_view(), name="journey-code-spent"),
    path("code-expired", proof_views.CodeExpired.as_view(), name="journey-code-expired"),
    path("too-many-codes", proof_views.TooManyCodes.as_view(), name="journey-too-many-codes"),
    path("choice", choice_views.MakeChoice.as_view(), name="journey-choice"),
    path("review", choice_views.Review.as_view(), name="journey-review"),
    path("saved", choice_views.Saved.as_view(), name="journey-saved"),
    path("feedback", choice_views.Feedback.as_view(), name="journey-feedback"),
    path("confirmation", choice_views.Confirmation.as_view(), name="journey-confirmation"),
    path("changed-meanwhile", choice_views.ChangedMeanwhile.as_view(), name="journey-changed-meanwhile"),
    path("history", choice_views.History.as_view(), name="journey-history"),
    *dead_ends.addresses(),
]

staff = [
    path("choosing", count_pages.counts, name="service-counts"),
    path("choosing.csv", count_pages.file, name="service-counts-file"),
]
