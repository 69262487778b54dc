"""Every page of the program: closed to strangers, and of use to the roles that it names."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from abmops.lib.choices import Role
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

# Doors with guards of their own: the API and ingest ask for keys, the admin has its sign-in, machines ask for health.
OTHER_DOORS = ("admin/", "api/", "^v1/", "^hooks/", "healthz")
OPEN = {"ui:login"}
# An address that is the key itself: whoever has none finds nothing.
KEYED = {"plays:feed"}
SAMPLES: dict[str, object] = {
    "int": 1,
    "slug": "x",
    "str": "x",
    "uuid": "0198c0de-0000-7000-8000-000000000000",
}


def pages(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[tuple[str, list[str]]]:
    """The names of all pages with the kinds of their arguments."""
    for pattern in patterns:
        if str(pattern.pattern).startswith(OTHER_DOORS) or "healthz" in str(pattern.pattern):
            continue
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, pattern.namespace or namespace)
        elif pattern.name:
            kinds = [
                type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")
                for converter in pattern.pattern.converters.values()
            ]
            yield f"{namespace}:{pattern.name}" if namespace else pattern.name, kinds


ALL = sorted(pages(list(get_resolver().url_patterns)))


@pytest.mark.parametrize(("name", "kinds"), ALL, ids=[name for name, _ in ALL])
def test_a_stranger_is_asked_to_sign_in(client: Client, name: str, kinds: list[str]) -> None:
    url = reverse(name, args=[SAMPLES[kind] for kind in kinds])
    for answer in (client.get(url), client.post(url)):
        if name in OPEN:
            assert answer.status_code == 200
        elif name in KEYED:
            assert answer.status_code in (404, 405), answer.status_code
        else:
            assert answer.status_code in (302, 405), answer.status_code
            assert answer.status_code == 405 or answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in (
            "/accounts/", "/accounts/accounts.csv", "/accounts/accounts.xlsx", "/accounts/columns/",
            "/accounts/views/new/", "/changes/", "/changes/changes.csv",
            "/signals/", "/signals/crossings.csv", "/signals/in-market.csv", "/signals/crossings/",
            "/signals/unmatched/", "/signals/feedback/", "/signals/feedback/feedback.csv",
            "/signals/retunes/", "/signals/retunes/retunes.csv",
            "/thresholds/", "/thresholds/thresholds.csv", "/signals/crossings/all.csv",
            "/backtests/x/", "/catalogue/", "/catalogue/catalogue.csv", "/catalogue/tester/", "/catalogue/alerts/",
            "/profile/", "/profile/moves/", "/profile/moves.csv",
            "/list/", "/list/proposals/", "/list/proposals/proposals.csv",
            "/list/weekly/", "/list/weekly/text/", "/list/weekly/week.csv", "/list/audit/", "/list/audit/findings.csv",
            "/list/audit/silent/", "/drift/",
            "/list/accounts/", "/list/accounts.csv", "/list/changes/", "/list/changes.csv",
            "/list/overrides/", "/list/overrides.csv", "/list/nominations/", "/list/nominations.csv",
            "/list/quarantine/", "/list/quarantine.csv",
        )
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/duplicates/", "/duplicates/duplicates.csv", "/duplicates/merges/", "/duplicates/merges.csv")
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/committees/", "/committees/committees.csv", "/gaps/", "/gaps/gaps.csv")
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/", "/today/snoozed/", "/today/done/", "/today/tasks.csv", "/today/views/new/")
    ]
    + [("/today/calls/", {Role.MARKETER, Role.REP, Role.REVOPS})]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS})
        for path in ("/gaps/accounts-to-enrich.csv", "/gaps/people-to-find.csv")
    ]
    + [
        (path, {Role.REVOPS, Role.EXECUTIVE})
        for path in ("/committees/erasures/", "/committees/erasures/erasures.csv")
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in (
            "/signals/unmatched/", "/signals/unmatched/unmatched.csv",
            "/signals/unmatched/ignored/", "/signals/unmatched/ignored/ignored.csv",
            "/signals/unmatched/rejected/", "/signals/unmatched/rejected/rejected.csv", "/signals/unmatched/held/",
        )
    ]
    + [
        (path, {Role.REVOPS})
        for path in ("/signals/removals/", "/signals/removals/removals.csv", "/signals/removals/new/")
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/catalogue/bots/", "/catalogue/bots/bots.csv")
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in (
            "/plays/instrumentation/", "/plays/instrumentation/instrumentation.csv",
            "/guardrails/", "/guardrails/held/", "/guardrails/held.csv", "/guardrails/overrides/",
            "/guardrails/overrides.csv",
        )
    ]
    + [(path, {Role.REVOPS}) for path in ("/guardrails/change/",)]
    + [(path, {Role.REVOPS}) for path in ("/catalogue/new-type/", "/catalogue/new-source/", "/thresholds/new/")]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in (
            "/sla/", "/sla/tasks.csv", "/settings/people/", "/settings/people/people.csv", "/settings/territories/",
            "/settings/holidays/", "/settings/holidays/holidays.csv", "/settings/routing/", "/settings/routing/try/",
            "/settings/territories/territories.csv", "/settings/routing/rules.csv",
        )
    ]
    + [
        (path, {Role.REVOPS})
        for path in ("/settings/territories/new/", "/settings/holidays/paste/", "/settings/routing/new/")
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/notices/", "/notices/notices.csv", "/settings/notices/", "/pauses/", "/pauses/pauses.csv")
    ]
    + [
        (path, {Role.REVOPS})
        for path in (
            "/settings/surfaces/", "/settings/surfaces/surfaces.csv", "/settings/surfaces/add/webhook/",
            "/settings/surfaces/add/slack_bot/", "/settings/deliveries/", "/settings/deliveries/deliveries.csv",
        )
    ]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/plays/", "/plays/plays.csv")
    ]
    + [(path, {Role.MARKETER, Role.REVOPS}) for path in ("/plays/new/", "/bursts/new/")]
    + [
        (path, {Role.MARKETER, Role.REP, Role.REVOPS, Role.EXECUTIVE})
        for path in ("/calendar/", "/calendar/calendar.csv", "/calendar/feed/")
    ]
    + [(path, {Role.MARKETER, Role.REP, Role.REVOPS}) for path in ("/calendar/move/",)]
    + [
        (path, {Role.MARKETER, Role.REVOPS})
        for path in ("/imports/", "/imports/imports.csv", "/imports/new/")
    ],
)  # fmt: skip
@pytest.mark.parametrize("role", list(Role))
def test_a_list_opens_for_people_and_not_for_integrations(
    sign_in: SignIn, path: str, roles: set[Role], role: Role
) -> None:
    assert sign_in(role).get(path).status_code == (200 if role in roles else 403)


def test_every_place_of_the_navigation_leads_somewhere() -> None:
    from abmops.ui import navigation

    missing = [
        place.label
        for _, group in (*navigation.GROUPS, ("", navigation.FOOT))
        for place in group
        if place.url() is None
    ]
    assert missing == []
