"""The guardrails' numbers in force."""

from __future__ import annotations

from dataclasses import fields, replace

from django.conf import settings

from plays.domain.guardrails import Policy
from plays.models import GuardrailNumbers


def policy() -> Policy:
    """What RevOps wrote last, else the installation's, else DOMAIN's. One query."""
    written = GuardrailNumbers.objects.values(*(field.name for field in fields(Policy))).first()
    return Policy(**written) if written else policy_of_settings()


def policy_of_settings() -> Policy:
    """The numbers before anybody wrote any: DOMAIN's, with what the installation sets."""
    return replace(Policy(), **getattr(settings, "GUARDRAILS", {}))
