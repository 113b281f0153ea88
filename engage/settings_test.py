"""Settings of the tests: speed only. Databases are started and named by ``tests/conftest.py``."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "tests-only")
os.environ.setdefault("CONSENT_KEY", "tests-only")
os.environ.setdefault("FIELD_KEYS", "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLTEyMzQ=")
os.environ.setdefault("DATABASE_URL", "postgres://engage_app@127.0.0.1:1/engage")
os.environ.setdefault("CELERY_BROKER_URL", "memory://")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="engage-tests-"))

from engage.settings import *  # noqa: F403 -- the settings under test
from engage.settings import STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
SECOND_FACTOR_REQUIRED = False  # tests about it switch it on
MODERATION_UNDO_S = 0  # tests about it set it
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
WHITENOISE_AUTOREFRESH = True
