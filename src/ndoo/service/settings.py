"""Django's settings, made from the owner's (`configuration.py`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONCE, NONE, SELF

from ndoo.domain.settings import data_folder
from ndoo.service import configuration, languages
from ndoo.service.staff.limits import GUESSES, LOCKED

HERE = Path(__file__).parent
NDOO = configuration.read()

SECRET_KEY = NDOO.secret_key
DEBUG = False
ALLOWED_HOSTS = list(NDOO.hosts)
ROOT_URLCONF = "ndoo.service.urls"
WSGI_APPLICATION = "ndoo.service.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_tasks",
    "django_tasks_db",
    "ndoo.service.nhs_forms",
    "ndoo.service.ledger",
    "ndoo.service.audit",
    "ndoo.service.messages",
    "ndoo.service.staff",
    "ndoo.service.choices",
    "ndoo.service.choices.identity",
    "ndoo.service.choices.patient",
    "ndoo.service.choices.operator",
    "ndoo.service.asset_register",
    "ndoo.service.news",
    "ndoo.service.uphold_jobs",
    "ndoo.service.guidance",
    "ndoo.service.statistics",
    "ndoo.service.api_clients",
    "ndoo.service.list_checks",
    "ndoo.service.api",
]

MIDDLEWARE = [
    "ndoo.service.request_log.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ndoo.service.headers.Headers",
    "ndoo.service.api.methods.Methods",
    "csp.middleware.CSPMiddleware",
    "ndoo.service.session_middleware.PageSession",
    "django.middleware.locale.LocaleMiddleware",
    "ndoo.service.maintenance.Maintenance",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "ndoo.service.staff.guard.Guard",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [HERE / "jinja2"],
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "ndoo.service.environment.environment",
            "trim_blocks": True,
            "lstrip_blocks": True,
            "context_processors": [
                "django.contrib.messages.context_processors.messages",
                "ndoo.service.facts.on_pages",
                "ndoo.service.staff.console.header",
                "ndoo.service.choices.patient.memory.on_pages",
                "ndoo.service.languages.on_pages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"


SQLITE_ENGINE = "ndoo.service.queued_sqlite3"
SQLITE = {
    "timeout": 20,
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;",
}
"""Writers queue for the file, what was acknowledged is on the disk, and what was deleted is not. It is read by the system's calls and not
through memory: a disk that fails is an error of the database then, and not the end of the process."""


def _database() -> dict[str, Any]:
    found: dict[str, Any] = dict(dj_database_url.parse(NDOO.database_url))
    if found["ENGINE"].endswith("sqlite3"):
        found |= {"ENGINE": SQLITE_ENGINE, "OPTIONS": dict(SQLITE)}
    else:
        found["CONN_MAX_AGE"] = 60
        found["CONN_HEALTH_CHECKS"] = True
    return found


DATABASES = {"default": _database()}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "upholding"]}}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "ndoo.service.staff.backends.Password",
    "ndoo.service.staff.backends.SetUpCodeBackend",
    "ndoo.service.staff.backends.Organisation",
]
AXES_FAILURE_LIMIT = GUESSES
AXES_COOLOFF_TIME = LOCKED
AXES_HANDLER = "ndoo.service.staff.guess_limits.Handler"
AXES_LOCKOUT_PARAMETERS = "ndoo.service.staff.guess_limits.counted_together"
AXES_CLIENT_IP_CALLABLE = "ndoo.service.staff.guess_limits.where"
# Never by address alone: ten slips of a ward behind one address would lock out all its colleagues. Spraying many names meets the
# second factor.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_USERNAME_CALLABLE = "ndoo.service.staff.guess_limits.tried_name"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "again", "current", "code", "csrfmiddlewaretoken", "next"]
AXES_LOCKOUT_CALLABLE = "ndoo.service.staff.sign_in.locked_out"
AXES_VERBOSE = False
OTP_TOTP_ISSUER = "Health data choices"
LOGIN_URL = "staff-sign-in"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
LANGUAGES = languages.available(HERE / "locale")
LOCALE_PATHS = [HERE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/London"

STATIC_URL = "/static/"
STATIC_ROOT = data_folder() / "static"
STATICFILES_DIRS = [HERE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_SSL_REDIRECT = NDOO.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000 if NDOO.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = NDOO.https
SECURE_HSTS_PRELOAD = NDOO.https
SECURE_REDIRECT_EXEMPT = [r"^health(/live|/ready)?$", r"^metrics$"]

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = NDOO.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if NDOO.https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if NDOO.https else "csrf"
CSRF_FAILURE_VIEW = "ndoo.service.error_pages.forged"
LANGUAGE_COOKIE_NAME = "__Host-language" if NDOO.https else "language"
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE = NDOO.https, True, "Lax"
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# Nothing that a person typed may reach a log: names of places and codes only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_numbers": {"()": "ndoo.service.logs.NoNumbers"}},
    "formatters": {"text": {"()": "ndoo.service.logs.Lines"}, "json": {"()": "ndoo.service.logs.Objects"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["no_numbers"],
            "formatter": NDOO.log,
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "ndoo": {"handlers": ["console"], "level": NDOO.log_level.upper(), "propagate": False},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "axes": {"handlers": ["console"], "level": "ERROR", "propagate": False},  # below that it repeats what was typed
    },
}
