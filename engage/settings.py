"""Settings, read from the environment. ``.env.example`` lists every variable."""

import os
from pathlib import Path

import environ
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from engage.mailer import mailer_from
from engage.signin.config import *  # noqa: F403 -- allauth's settings, one screen of their own
from engage.unfold import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# Secrets and addresses: no defaults, a missing one stops the start.
SECRET_KEY = env.str("SECRET_KEY")
FIELD_KEYS: list[str] = env.list("FIELD_KEYS")
CONSENT_KEY = env.str("CONSENT_KEY")  # opt-outs are found by it: never change it
PUBLIC_URL: str = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / ".engage")))
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
DEBUG = False

# Applications: the ladder of docs/adr, lowest last among ours; engage closes the registries.
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the default one would put its own site in place of ours
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "engage.apps.EngageAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "auditlog",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "tenants",
    "compliance",
    "inbox",
    "moderation",
    "reporting",
    "engage.apps.EngageConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "engage.language.PersonalLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "compliance.middleware.AuditContextMiddleware",
    "engage.signin.middleware.SigninMiddleware",
    "tenants.middleware.WorkspaceMiddleware",
]
ROOT_URLCONF = "engage.urls"
WSGI_APPLICATION = "engage.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "engage" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "engage.signin.context.shell",
            ],
        },
    },
]

# Database. The web and worker processes use the app role; migrations use the owner
# (DATABASE_OWNER_URL, set by the commands that need it).
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("DB_CONN_MAX_AGE", default=300),
    "CONN_HEALTH_CHECKS": True,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Cache: shared by all processes, for throttling and quotas. Keys carry agency or brand.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "engage_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

# Mail
MAILERS = {"default": mailer_from(env.str("EMAIL_URL", default=""), DATA_DIR)}
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="Engage <engage@localhost>")

# People and sessions
AUTH_USER_MODEL = "tenants.User"
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]  # rights are asked by tenants.permissions alone
ANONYMOUS_USER_NAME = None  # guardian makes no person for the unknown
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/accounts/login/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SECOND_FACTOR_REQUIRED = env.bool("SECOND_FACTOR_REQUIRED", default=True)
ALLOW_PRIVATE_SSO = env.bool("ALLOW_PRIVATE_SSO", default=False)  # a provider on this machine
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_REDIRECT_URL = "/"
REAUTHENTICATE_URL = "/accounts/reauthenticate/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_ENGINE = "engage.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600

# Security headers
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src-elem": [CSP.SELF, CSP.NONCE],
    "style-src-attr": [CSP.UNSAFE_INLINE],
    "img-src": [CSP.SELF, "data:"],
    "frame-ancestors": [CSP.SELF],
    "base-uri": [CSP.SELF],
    "form-action": [CSP.SELF],
    "object-src": [CSP.NONE],
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC_URL.startswith("https://") else 0
X_FRAME_OPTIONS = "SAMEORIGIN"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [
    BASE_DIR / "engage" / "locale",
    BASE_DIR / "engage" / "locale_third_party",  # unfold and auditlog ship no German
]
TIME_ZONE = "UTC"
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "engage" / "static"]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Worker. Messages only wake workers up; the tables are the queue of record.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL")
CELERY_TIMEZONE = "UTC"
# Workers that one brand may keep busy: half of a host's, so that its flood leaves room for others.
BRAND_SEATS = env.int("BRAND_SEATS", default=max(1, min(4, os.cpu_count() or 1) // 2))
# Long work leaves at least one worker of a host to the inbox.
EXPORTS_AT_ONCE = env.int("EXPORTS_AT_ONCE", default=max(1, min(4, os.cpu_count() or 1) - 1))

# So long a person's hiding can be taken back unheard, unless the brand has said otherwise.
MODERATION_UNDO_S = 8

# Inbox and moderation: the way of a message and of a reply, top to bottom
INBOX_STAGES = [
    "inbox.domain.stages.consent_words",
    "inbox.domain.data_requests.data_requests",
    "inbox.domain.stages.triage",
    "moderation.domain.stages.assess",
    "moderation.domain.sanction_stage.apply_sanction",
    "inbox.domain.stages.sla",
    "inbox.domain.stages.route",
]
INBOX_ON_REMOVAL = ["moderation.domain.stages.drop_cases"]
OUTBOX_ON_SETTLED = ["moderation.domain.appeal_reversal.note_settled"]
SEND_GATES = [
    "inbox.domain.gates.brand_state",
    "inbox.domain.gates.kill_switch",
    "moderation.domain.gates.automatic_hiding",
    "inbox.domain.gates.not_live",
    "compliance.domain.vendors.gate.vendor",
    "compliance.domain.gates.restriction",
    "compliance.domain.gates.consent",
    "inbox.domain.gates.confirmation_in_time",
    "inbox.domain.gates.window",
    "inbox.domain.units.api_units",
    "inbox.domain.gates.rate_and_loop",
    "compliance.domain.gates.disclosure",
    "inbox.domain.gates.approval",
]
MODERATION_MODELS = env.str("MODERATION_MODELS", default="")  # own models; see the docs
WEBHOOK_MAX_BYTES = 3 * 1024 * 1024  # WhatsApp payloads reach 3 MB
SENDING_STOPPED = env.bool("SENDING_STOPPED", default=False)  # the platform's kill switch
SANDBOX_URL = env.str("SANDBOX_URL", default="")
SANDBOX_KEY = env.str("SANDBOX_KEY", default="")
YOUTUBE_DAILY_UNITS = env.int("YOUTUBE_DAILY_UNITS", default=10_000)  # of one Google project
# Only for the test network on loopback: its address opens the way to this machine's own ports.
BLUESKY_TEST_URL = env.str("BLUESKY_TEST_URL", default="")

# Compliance
AUDIT_HOST = env.str("AUDIT_HOST", default="audit.engage.local")
ANCHOR_DIR = Path(env.str("ANCHOR_DIR", default=str(DATA_DIR / "anchors")))
LEDGER_MAX_DELAY_S = env.int("LEDGER_MAX_DELAY_S", default=60)
LEDGER_CHECK_MINUTES = env.int("LEDGER_CHECK_MINUTES", default=60)
READS_AGAIN_MINUTES = env.int("READS_AGAIN_MINUTES", default=15)  # same person, same object
BRAND_ERASURE_COOLING_HOURS = env.int("BRAND_ERASURE_COOLING_HOURS", default=0)
AUDITLOG_LOGENTRY_MODEL = "compliance.FieldChange"
AUDITLOG_USE_BASE_MANAGER = True
AUDITLOG_DISABLE_REMOTE_ADDR = True

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "engage.api.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["engage.api.HasCapability"],
    "DEFAULT_THROTTLE_CLASSES": ["engage.api.BrandQuota"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "engage.api.NewestFirst",
    "EXCEPTION_HANDLER": "engage.api.problem_details",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Engage API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVERS": [
        {
            "url": "/w/{agency}/{brand}",
            "description": "A brand's workspace",
            "variables": {"agency": {"default": "acme"}, "brand": {"default": "north"}},
        }
    ],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "engage.api.schema.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ConversationKind": "inbox.choices.ConversationKind",
        "ConversationState": "inbox.choices.ConversationState",
        "OutboxState": "inbox.choices.OutboxState",
        "OutboxAction": "inbox.choices.OutboxAction",
        "CaseState": "moderation.choices.CaseState",
        "ModerationAction": "moderation.choices.Action",
        "Category": "moderation.choices.Category",
        "Network": "inbox.choices.Network",
        "ActorKind": "compliance.choices.ActorKind",
        "ConsentState": "compliance.choices.ConsentState",
        "DataRequestKind": "compliance.choices.RequestKind",
        "DataRequestSource": "compliance.choices.RequestSource",
        "DataRequestState": "compliance.choices.RequestState",
    },
}

# Logs: one line each on stderr, no personal data
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
    },
    "filters": {"keys": {"()": "engage.logs.HideKeys"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["keys"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}},
}
