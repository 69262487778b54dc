"""The house: settings, addresses, background work, embedded services and what all apps share."""

from abmops.celery import app as celery_app

__all__ = ["celery_app"]
