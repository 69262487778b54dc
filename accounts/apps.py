"""Registration of the accounts app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """WHO: accounts, people, the list."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
