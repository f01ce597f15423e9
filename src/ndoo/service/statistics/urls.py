"""The addresses of the statistics."""

from __future__ import annotations

from django.urls import path

from ndoo.service.statistics import views

urlpatterns = [
    path("", views.statistics, name="statistics"),
    path("<str:name>/", views.statistics, name="statistics-of"),
    path("<str:name>/<str:file_name>", views.file, name="statistics-file"),
]
