"""Half-open intervals of time as PostgreSQL ranges."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import Func


class Period(Func):
    """`tstzrange(from, to)`: half-open, without end where `to` is null."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()
