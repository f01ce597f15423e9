"""The addresses of the pages to read."""

from __future__ import annotations

from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [path("", TemplateView.as_view(template_name="learn/start.jinja"), name="start")]
