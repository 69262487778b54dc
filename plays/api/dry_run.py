"""A dry run as the API answers it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from plays.domain.dry_run import DryRun

VERDICTS = ["chosen", "refused", "held", "holdout"]


class DryRunRowOut(serializers.Serializer[Any]):
    """One account at one moment."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    name = serializers.CharField(source="account", read_only=True)
    tier = serializers.IntegerField(read_only=True, allow_null=True)
    at = serializers.DateTimeField(read_only=True)
    why = serializers.CharField(read_only=True)
    verdict = serializers.ChoiceField(choices=VERDICTS, read_only=True)
    rule = serializers.CharField(read_only=True)
    sentence = serializers.CharField(read_only=True)


class DryRunRuleOut(serializers.Serializer[Any]):
    """How often one rule turned the play down."""

    rule = serializers.CharField(read_only=True)
    verdict = serializers.ChoiceField(choices=VERDICTS, read_only=True)
    times = serializers.IntegerField(read_only=True)
    accounts = serializers.IntegerField(read_only=True)


class DryRunWeekOut(serializers.Serializer[Any]):
    """What would have come of one week of the past."""

    starts = serializers.DateField(read_only=True)
    enrolled = serializers.IntegerField(read_only=True)
    holdout = serializers.IntegerField(read_only=True)
    held = serializers.IntegerField(read_only=True)
    refused = serializers.IntegerField(read_only=True)


class DryRunPressureOut(serializers.Serializer[Any]):
    """Touches of one account in one week."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    week = serializers.DateField(read_only=True)
    own = serializers.IntegerField(read_only=True)
    others = serializers.IntegerField(read_only=True)


class DryRunLoadOut(serializers.Serializer[Any]):
    """Tasks of one person in one week."""

    person = serializers.IntegerField(source="person_id", read_only=True)
    week = serializers.DateField(read_only=True)
    tasks = serializers.IntegerField(read_only=True)


class DryRunClashOut(serializers.Serializer[Any]):
    """This play beside another on one account."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    day = serializers.DateField(read_only=True, allow_null=True)
    channel = serializers.CharField(read_only=True)
    sentence = serializers.CharField(read_only=True)


class DryRunOut(serializers.Serializer[DryRun]):
    """What a play would do, or would have done."""

    since = serializers.DateTimeField(read_only=True, allow_null=True)
    until = serializers.DateTimeField(read_only=True, allow_null=True)
    sentence = serializers.CharField(read_only=True)
    enrolled = serializers.IntegerField(read_only=True)
    accounts = serializers.IntegerField(read_only=True)
    over_cap = serializers.IntegerField(read_only=True)
    rules = DryRunRuleOut(many=True, read_only=True)
    weeks = DryRunWeekOut(many=True, read_only=True)
    pressure = DryRunPressureOut(many=True, read_only=True)
    load = DryRunLoadOut(many=True, read_only=True)
    clashes = DryRunClashOut(many=True, read_only=True)
    rows = DryRunRowOut(many=True, read_only=True)
    notes = serializers.ListField(child=serializers.CharField(), read_only=True)
