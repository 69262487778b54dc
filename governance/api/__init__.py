"""Governance over REST; `register` puts it under `/api/v1/`."""

from rest_framework.routers import BaseRouter

from governance.api.escalation import EscalationApi


def register(router: BaseRouter) -> None:
    """Add our resource to the program's router."""
    router.register("escalations", EscalationApi, basename="escalation")
