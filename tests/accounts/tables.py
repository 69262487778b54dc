"""The account graph as it lies in the database, whole: to show that something changed nothing."""

from typing import Any

from django.apps import apps


def dump(*without: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of this app, with all columns, `updated_at` included."""
    return {
        model.__name__: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_app_config("accounts").get_models()
        if model.__name__ not in {"ApiKey", "User", "IdempotentRequest", *without}
    }
