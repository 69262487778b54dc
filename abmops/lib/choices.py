"""Closed vocabularies that more than one app speaks. Values are the API's words (design: API.md)."""

from django.db import models


class Role(models.TextChoices):
    """What a person or key may do; each is a Django group of the same name."""

    MARKETER = "marketer", "Marketer"
    REP = "rep", "Sales or customer success"
    REVOPS = "revops", "RevOps"
    EXECUTIVE = "executive", "Executive"
    INTEGRATION = "integration", "Integration"


class Job(models.TextChoices):
    """A rep's seat; play steps are routed by it."""

    SDR = "sdr", "SDR"
    AE = "ae", "Account executive"
    CSM = "csm", "Customer success manager"


class Side(models.TextChoices):
    """Who acted: the two halves of the program, customer success, or the people who run it."""

    MARKETING = "marketing", "Marketing"
    SALES = "sales", "Sales"
    CUSTOMER_SUCCESS = "customer_success", "Customer success"
    REVOPS = "revops", "RevOps"


class Channel(models.TextChoices):
    """Where a touch happened or a step is to happen."""

    AD = "ad", "Ad"
    EMAIL = "email", "Email"
    CALL = "call", "Call"
    LINKEDIN = "linkedin", "LinkedIn"
    EVENT = "event", "Event"
    DIRECT_MAIL = "direct_mail", "Direct mail"
    WEB = "web", "Web"
    MEETING = "meeting", "Meeting"
    OTHER = "other", "Other"


class Direction(models.TextChoices):
    """Outbound: we did it. Inbound: they did."""

    OUTBOUND = "outbound", "Outbound"
    INBOUND = "inbound", "Inbound"


class Lifecycle(models.TextChoices):
    """Where an account stands commercially."""

    PROSPECT = "prospect", "Prospect"
    OPEN_OPPORTUNITY = "open_opportunity", "Open opportunity"
    CUSTOMER = "customer", "Customer"
    CHURNED = "churned", "Churned"
    DISQUALIFIED = "disqualified", "Disqualified"
    NOT_READY = "not_ready", "Not ready"


class Phase(models.TextChoices):
    """How far the program has come with an account [J]."""

    AWARENESS = "awareness", "Awareness"
    ENGAGEMENT = "engagement", "Engagement"
    ACTIVE = "active", "Active"
    EXPAND = "expand", "Expand"
    OUT = "out", "Out"


class CommitteeRole(models.TextChoices):
    """A contact's part in the buying decision [I3]."""

    ECONOMIC_BUYER = "economic_buyer", "Economic Buyer"
    TECHNICAL_EVALUATOR = "technical_evaluator", "Technical Evaluator"
    CHAMPION = "champion", "Champion"
    END_USER = "end_user", "End User"
    BLOCKER = "blocker", "Blocker"


class Outcome(models.TextChoices):
    """How an opportunity ended; null while it is open."""

    WON = "won", "Won"
    LOST = "lost", "Lost"


class SourceKind(models.TextChoices):
    """Where a signal comes from [P4]."""

    THIRD_PARTY = "third_party", "Third-party intent"
    FIRST_PARTY = "first_party", "First party"
    PRODUCT = "product", "Product"
    COMMUNITY = "community", "Community"
    CRM = "crm", "CRM"
    MANUAL = "manual", "Manual"


class Urgency(models.TextChoices):
    """How fast a crossing wants an answer: urgent 4 h, hot 24 h [F]."""

    NORMAL = "normal", "Normal"
    HOT = "hot", "Hot"
    URGENT = "urgent", "Urgent"


TIERS: tuple[tuple[int, str], ...] = ((1, "Tier 1"), (2, "Tier 2"), (3, "Tier 3"))
