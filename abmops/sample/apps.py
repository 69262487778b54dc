"""Registration of the sample program; it has no tables."""

from django.apps import AppConfig


class SampleConfig(AppConfig):
    """`manage.py sample`."""

    name = "abmops.sample"
    label = "sample"
