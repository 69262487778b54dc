"""What the API and its document take for granted: settings that no installation changes."""

_VOCABULARIES = (
    "Role", "Job", "Side", "Channel", "Direction", "Lifecycle", "Phase", "CommitteeRole",
    "Outcome", "SourceKind", "Urgency",
)  # fmt: skip

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.ApiKeyAuthentication",
        "accounts.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["abmops.security.Nobody"],  # a view that says nothing lets nobody in
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["abmops.rest.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "abmops.rest.pages.KeysetPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "abmops.rest.schema.Schema",
    "EXCEPTION_HANDLER": "abmops.rest.problems.handler",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "abmops",
    "DESCRIPTION": "Account-based marketing operations: accounts, signals, plays, the scoreboard and its decisions.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "abmops.rest.document.share_problems",
    ],
    # Each vocabulary is one component of the document, so that a new field never renames a schema.
    "ENUM_NAME_OVERRIDES": {
        "Tier": "abmops.lib.choices.TIERS",
        "RetuneStatus": "signals.models.Retune.Status",
        "StatusEnum": "signals.models.Threshold.Status",
        "DecisionVerdict": "plays.api.dry_run.VERDICTS",
        "EndpointHealth": "plays.api.endpoint.STATES",
        "DeliveryState": "plays.models.Delivery.State",
    }
    | {name: f"abmops.lib.choices.{name}" for name in _VOCABULARIES},
}
