"""The service as a WSGI application."""

from __future__ import annotations

import logging
import os

from django.core.wsgi import get_wsgi_application

from ndoo.domain.settings import doubt

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ndoo.service.settings")
application = get_wsgi_application()
if doubted := doubt():
    logging.getLogger("ndoo").warning("%s", doubted)
