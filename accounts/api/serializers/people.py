"""People and territories, as the API answers them."""

from rest_framework import serializers

from abmops.lib.choices import Job
from accounts.api.serializers.words import WordOut
from accounts.models import Territory, User


class UserOut(serializers.ModelSerializer[User]):
    """A person, as far as integrations need them."""

    job = WordOut(Job.choices)
    territory = serializers.CharField(source="territory.slug", read_only=True, allow_null=True, default=None)

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "job", "territory", "time_zone", "is_active")
        read_only_fields = fields


class TerritoryOut(serializers.ModelSerializer[Territory]):
    """A territory."""

    class Meta:
        model = Territory
        fields = ("id", "slug", "name", "countries")
        read_only_fields = fields
