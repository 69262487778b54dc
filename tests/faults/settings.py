"""The real settings with one app: processes that die and start again all the time should start fast."""

from abmops.settings import *  # noqa: F403

INSTALLED_APPS = ["django.contrib.postgres", "abmops.work"]
ROOT_URLCONF = "tests.faults.settings"
MIDDLEWARE = []
SILENCED_SYSTEM_CHECKS = ["fields.E300", "fields.E307"]
urlpatterns: list[object] = []
