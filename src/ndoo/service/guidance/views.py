"""Shows a page to read, from the table of pages; nothing on it depends on who reads it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.views.generic import TemplateView

from ndoo.service.guidance import examples, pages


class PageView(TemplateView):
    """One page of the table."""

    page: pages.Page = pages.START

    def get_template_names(self) -> list[str]:
        """The template of this page."""
        return [self.page.template]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page, its neighbours, and what the cookie page and the list of languages tell."""
        before, after = pages.beside(self.page)
        return super().get_context_data(
            **kwargs,
            page=self.page,
            title=self.page.title,
            before=before,
            after=after,
            topics=pages.TOPICS,
            easy=pages.EASY,
            examples=examples.told() if self.page.name == "learn-examples" else (),
            languages=settings.LANGUAGES,
            session_cookie=settings.SESSION_COOKIE_NAME,
            csrf_cookie=settings.CSRF_COOKIE_NAME,
            language_cookie=settings.LANGUAGE_COOKIE_NAME,
            session_minutes=settings.SESSION_COOKIE_AGE // 60,
        )
