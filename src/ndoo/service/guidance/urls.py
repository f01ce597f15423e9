"""The addresses of the pages to read, and of the change of language."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.gzip import gzip_page
from django.views.i18n import set_language

from ndoo.service.guidance.pages import EVERY
from ndoo.service.guidance.views import PageView

# Compressed, for nothing on these pages is secret: docs/explanation/decisions/0040-which-pages-are-compressed.md
urlpatterns = [
    *(path(page.path, gzip_page(PageView.as_view(page=page)), name=page.name) for page in EVERY),
    path("language", set_language, name="language"),
]
