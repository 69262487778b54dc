"""The list's week, read-through and audit as pages."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, ListMembership, ListRefresh, Opportunity, OpportunityAmount
from tests.accounts import make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def listed(name: str, tier: int | None, *, days: float = 500, **fields: object) -> Account:
    """An account that came onto the list so many days ago."""
    of = make.account(name, f"{name.lower()}.example", **fields)
    if tier:
        at = timezone.now() - days * DAY
        ListMembership.objects.create(
            account=of, tier=tier, valid_from=at, side="sales", reason="Field knows it."
        )
    return of


def deal(of: Account, amount: int, *, outcome: str | None = None, days: float = 30) -> None:
    """An opportunity, open or closed so many days ago."""
    now = timezone.now()
    row = Opportunity.objects.create(
        external_id=f"deal-{of.pk}-{amount}", account=of, name="Deal", stage="S", amount=amount, currency="USD",
        opened_at=now - (days + 60) * DAY, closed_at=now - days * DAY if outcome else None, outcome=outcome,
    )  # fmt: skip
    OpportunityAmount.objects.create(
        opportunity=row, amount=amount, currency="USD", valid_from=now - (days + 60) * DAY
    )


def queries(client: Client, path: str) -> int:
    """How many the page takes once warm."""
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_the_week_says_what_moved_and_why(sign_in: SignIn) -> None:
    listed("Fresh", 2, days=0)
    listed("Old", 1)
    client = sign_in(Role.REP)
    body = client.get("/list/weekly/").content.decode()
    assert "1 account joined. 2 accounts on the list, 1 more than the week before." in body
    assert "Field knows it." in body
    assert ">Old</a>" not in body


def test_the_week_comes_as_text_and_as_csv(sign_in: SignIn) -> None:
    listed("=Fresh", 2, days=0)
    client = sign_in(Role.MARKETER)
    text = client.get("/list/weekly/text/")
    assert text.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "- =Fresh: into tier 2. Field knows it." in text.content.decode()
    csv = b"".join(client.get("/list/weekly/week.csv")).decode()
    assert "joined,'=Fresh" in csv


@pytest.mark.parametrize(("query", "says"), [
    ("week=2025-W01", "30 December to 5 January 2025"),
    ("week=nonsense", "is no week"),
    ("week=2999-01-01", "it is still running"),
])  # fmt: skip
def test_any_week_can_be_asked_for(sign_in: SignIn, query: str, says: str) -> None:
    assert says in sign_in(Role.REP).get(f"/list/weekly/?{query}").content.decode()


def test_the_list_pages_say_when_it_was_read_and_revops_stamps_it(sign_in: SignIn) -> None:
    listed("Old", 1)
    revops, rep = sign_in(Role.REVOPS), sign_in(Role.REP)
    body = revops.get("/list/").content.decode()
    assert "Nobody has read the list through yet." in body
    assert "was due" in body
    assert revops.post("/list/read/", {"note": "All fine."}).status_code == 302
    assert ListRefresh.objects.get().size == 1
    assert "Read through" in rep.get("/list/audit/").content.decode()
    assert "All fine." in revops.get("/list/read/").content.decode()
    assert rep.post("/list/read/").status_code == 403


def test_the_audit_opens_each_finding_to_its_accounts(sign_in: SignIn) -> None:
    listed("Quiet", 2)
    listed("Closed", 3, lifecycle="disqualified")
    listed("Fresh", 2, days=10)
    pipeline, won = listed("Pipeline", None), listed("Won", None)
    deal(pipeline, 5_000)
    deal(won, 7_000, outcome="won")
    poor, rich = listed("Poor", 1), listed("Rich", 3)
    deal(poor, 100)
    deal(rich, 90_000, outcome="won")
    client = sign_in(Role.MARKETER)
    assert "$7\u00a0k" in client.get("/list/audit/").content.decode()
    for kind, names in (
        ("silent", {"Quiet", "Closed"}), ("closed", {"Closed"}), ("pipeline-off", {"Pipeline"}),
        ("wins-off", {"Won"}), ("tier-1-low", {"Poor"}), ("tier-3-high", {"Rich"}),
    ):  # fmt: skip
        body = client.get(f"/list/audit/{kind}/").content.decode()
        shown = set(Account.objects.values_list("name", flat=True))
        assert {name for name in shown if f">{name}</a>" in body} == names, kind
    assert client.get("/list/audit/nonsense/").status_code == 404


@pytest.mark.parametrize("sort", ["name", "-name", "tier", "since", "-deals", "value", "-value", "nonsense"])
def test_a_finding_is_narrowed_and_sorted(sign_in: SignIn, sort: str) -> None:
    for number, name in enumerate(("Alpha", "Beta")):
        deal(listed(name, None), 1_000 * (number + 1))
    client = sign_in(Role.REVOPS)
    assert client.get(f"/list/audit/pipeline-off/?sort={sort}").status_code == 200
    body = client.get(f"/list/audit/pipeline-off/?sort={sort}&q=alp").content.decode()
    assert "Alpha" in body
    assert "Beta" not in body
    first = client.get("/list/audit/pipeline-off/?sort=-value").content.decode()
    assert first.index("Beta") < first.index("Alpha")
    assert "Show all 2" in client.get("/list/audit/pipeline-off/?q=nobody").content.decode()


def test_the_audit_as_csv(sign_in: SignIn) -> None:
    deal(listed("=Alpha", None), 1_000)
    listed("Quiet", 2)
    client = sign_in(Role.REVOPS)
    text = b"".join(client.get("/list/audit/findings.csv")).decode()
    assert "Open pipeline off the list,'=Alpha,=alpha.example" in text.replace("'=alpha", "=alpha")
    assert "Quiet" in text
    one = b"".join(client.get("/list/audit/findings.csv?kind=silent")).decode()
    assert "Alpha" not in one


def test_rows_cost_no_queries(sign_in: SignIn) -> None:
    client = sign_in(Role.REVOPS)
    pages = ("/list/weekly/", "/list/audit/", "/list/audit/silent/")
    listed("Quiet", 2)
    few = [queries(client, path) for path in pages]
    for number in range(20):
        listed(f"More{number}", 2)
        listed(f"New{number}", 2, days=0)
    assert [queries(client, path) for path in pages] == few


def test_what_was_found_is_put_right_with_the_reason_written(sign_in: SignIn) -> None:
    quiet, pipeline = listed("Quiet", 2), listed("Pipeline", None)
    deal(pipeline, 5_000)
    client = sign_in(Role.REVOPS)
    body = client.get("/list/audit/silent/").content.decode()
    assert 'name="reason" value="List audit: on the list, nothing in a year."' in body
    form = client.get(
        f"/list/change/?pick={quiet.pk}&tier=off&reason=List+audit:+on+the+list,+nothing+in+a+year."
    ).content.decode()
    assert "List audit: on the list, nothing in a year.</textarea>" in form
    said = {"pick": quiet.pk, "tier": "off", "side": "revops", "reason": "List audit: nothing in a year."}
    assert client.post("/list/change/", said).status_code == 302
    quiet.refresh_from_db()
    assert not quiet.is_target
    assert 'formaction="/list/nominations/new/"' in client.get("/list/audit/pipeline-off/").content.decode()
