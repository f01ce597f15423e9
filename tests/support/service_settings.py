"""The service as the tests run it: plain static files, a key of its own, quick password hashes."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("NDOO_DATA", tempfile.mkdtemp(prefix="ndoo-tests-"))
os.environ.setdefault("NDOO_HTTPS", "off")
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the browser's driver runs an event loop of its own

from ndoo.service.settings import *  # noqa: F403
from ndoo.service.settings import STORAGES

STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
for _database in DATABASES.values():  # noqa: F405
    if "sqlite" in _database["ENGINE"]:
        _database["TEST"] = {"NAME": ":memory:"}  # said, because the engine is not Django's own
