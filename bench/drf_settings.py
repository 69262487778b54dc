"""The product's settings with the baseline's one address."""

from abmops.settings import *  # noqa: F403

ROOT_URLCONF = "bench.drf"
MIDDLEWARE = []
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
}
