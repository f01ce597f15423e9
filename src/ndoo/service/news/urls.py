"""The addresses of the updates."""

from __future__ import annotations

from django.urls import path

from ndoo.service.news import views

urlpatterns = [
    path("", views.archive, name="updates"),
    path("<int:number>", views.update, name="update"),
    path("subscribe", views.subscribe, name="updates-subscribe"),
    path("subscribe/sent", views.asked, name="updates-asked"),
    path("confirm/<str:token>", views.confirm, name="updates-confirm"),
    path("stop/<str:token>", views.stop, name="updates-stop"),
]
