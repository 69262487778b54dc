"""The pages of list drift, from the first system to the correction."""

import csv
import io
import time
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Import, ImportFile, ListMembership, Sidecar, SidecarReading
from accounts.services import sidecar_file
from tests.accounts import make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
FILE = "Company name,Domain name,Tier,Target account\n=Evil,alpha.example,tier_2,Yes\nOmega,omega.example,tier_1,Yes\n"
CHOSEN = {"account_name": "0", "account_domain": "1", "tier": "2", "member": "3"}


def a_list() -> None:
    """Two on the list, one off it."""
    for name, tier in (("Alpha", 1), ("Beta", 3), ("Omega", None)):
        of = make.account(name, f"{name.lower()}.example")
        if tier:
            ListMembership.objects.create(
                account=of, tier=tier, valid_from=timezone.now(), side="sales", reason="Fits."
            )


def uploaded(client: Client, text: str = FILE, **chosen: str) -> SidecarReading:
    """From an empty page to a reading."""
    if not Sidecar.objects.exists():
        client.post("/drift/new/", {"name": "Ads", "kind": "ads", "tiers": []})
    file = SimpleUploadedFile("held.csv", text.encode())
    answer = client.post("/drift/systems/ads/upload/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    columns = answer.headers["Location"]
    assert "Evil" in client.get(columns).content.decode()
    answer = client.post(columns, CHOSEN | chosen)
    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["Location"] == f"{columns}reading/"
    work.drain_all()
    return SidecarReading.objects.latest("pk")


def rows(client: Client, path: str) -> list[list[str]]:
    """A CSV read back."""
    text = b"".join(client.get(path)).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_from_the_first_system_to_its_correction(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    assert "No system is watched yet." in client.get("/drift/").content.decode()
    reading = uploaded(client)
    assert (reading.held, reading.right, reading.missing, reading.extra, reading.wrong_tier) == (
        2,
        0,
        1,
        1,
        1,
    )
    body = client.get(f"/drift/readings/{reading.pk}/").content.decode()
    assert all(name in body for name in ("Alpha", "Beta", "Omega", "tier_2"))
    assert rows(client, f"/drift/readings/{reading.pk}/correction.csv") == [
        ["Company name", "Domain name", "Tier", "Target account"],
        ["Beta", "beta.example", "tier_3", "Yes"],
        ["'=Evil", "alpha.example", "tier_1", "Yes"],
        ["Omega", "omega.example", "", "No"],
    ]
    assert rows(client, f"/drift/readings/{reading.pk}/correction.csv?part=add")[1:] == [
        ["Beta", "beta.example", "tier_3", "Yes"]
    ]


def test_the_columns_are_guessed_by_their_titles(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.MARKETER)
    client.post("/drift/new/", {"name": "Ads", "kind": "ads"})
    answer = client.post(
        "/drift/systems/ads/upload/", {"file": SimpleUploadedFile("held.csv", FILE.encode())}
    )
    body = client.get(answer.headers["Location"]).content.decode()
    assert '<option value="1" selected>Domain name</option>' in body
    assert '<option value="2" selected>Tier</option>' in body


def test_a_file_is_read_once(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    source = uploaded(client).source
    assert source is not None
    client.post(f"/drift/systems/ads/upload/{source.pk}/", CHOSEN)
    work.drain_all()
    assert SidecarReading.objects.count() == 1
    assert "has been read already" in client.get("/drift/").content.decode()


def waiting(client: Client) -> str:
    """A file whose columns are chosen and that no worker has read yet: the address of its columns."""
    client.post("/drift/new/", {"name": "Ads", "kind": "ads"})
    file = SimpleUploadedFile("held.csv", FILE.encode())
    columns = client.post("/drift/systems/ads/upload/", {"file": file}).headers["Location"]
    answer = client.post(columns, CHOSEN)
    assert answer.headers["Location"] == f"{columns}reading/"
    return columns


def test_a_worker_reads_and_the_page_leads_to_the_reading(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    columns = waiting(client)
    assert not SidecarReading.objects.exists()
    body = client.get(f"{columns}reading/").content.decode()
    assert "is being read" in body
    assert f'hx-get="{columns}reading/progress/"' in body
    part = client.get(f"{columns}reading/progress/")
    assert "HX-Refresh" not in part.headers
    assert f'href="{columns}reading/"' in part.content.decode()
    for answer in (client.get(columns), client.post(columns, CHOSEN)):
        assert answer.headers["Location"] == f"{columns}reading/"
    import_ = Import.objects.get()
    assert client.get(f"/imports/{import_.pk}/").headers["Location"] == f"{columns}reading/"
    work.drain_all()
    assert client.get(f"{columns}reading/progress/").headers["HX-Refresh"] == "true"
    reading = SidecarReading.objects.get()
    for path in (columns, f"{columns}reading/"):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0] == f"/drift/readings/{reading.pk}/"


def test_what_cannot_be_read_says_why_and_may_be_tried_again(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    columns = waiting(client)
    pieces = list(ImportFile.objects.all())
    ImportFile.objects.all().delete()
    work.drain_all()
    body = client.get(f"{columns}reading/").content.decode()
    assert "could not be read" in body
    assert "The file of this import has been dropped. Upload it again." in body
    assert f'href="{columns}"' in body
    assert not SidecarReading.objects.exists()
    ImportFile.objects.bulk_create(pieces)
    assert '<option value="1" selected>Domain name</option>' in client.get(columns).content.decode()
    client.post(columns, CHOSEN)
    assert "is being read" in client.get(f"{columns}reading/").content.decode()
    work.drain_all()
    assert SidecarReading.objects.get().held == 2


def test_a_mistake_of_the_program_ends_on_the_page(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(Role.REVOPS)
    columns = waiting(client)

    def breaks(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(sidecar_file, "read_sidecar", breaks)
    for _ in range(4):
        assert "is being read" in client.get(f"{columns}reading/").content.decode()
        work.drain("bulk", time.monotonic() + 20)
        WorkItem.objects.filter(kind="read_sidecar").update(run_at=timezone.now() - timedelta(days=1))
    body = client.get(f"{columns}reading/").content.decode()
    assert "The program made a mistake at this file" in body
    assert not WorkItem.objects.filter(kind="read_sidecar").exists()


def test_a_file_belongs_to_its_system(sign_in: SignIn) -> None:
    client = sign_in(Role.REVOPS)
    columns = waiting(client)
    client.post("/drift/new/", {"name": "CRM", "kind": "crm"})
    other = columns.replace("/ads/", "/crm/")
    for path in (other, f"{other}reading/", f"{other}reading/progress/"):
        assert client.get(path).status_code == 404


def test_the_file_stands_among_the_imports_without_harm(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    source = uploaded(client).source
    assert source is not None
    assert client.get("/imports/").status_code == 200
    assert client.get(f"/imports/{source.pk}/", follow=True).status_code in {200, 404}


@pytest.mark.parametrize(("chosen", "says"), [
    ({"tier": "2"}, "names the account"),
    ({"account_domain": "1", "account_name": "1"}, "Two fields are in one column"),
])  # fmt: skip
def test_columns_are_asked_again_where_they_cannot_be(
    sign_in: SignIn, chosen: dict[str, str], says: str
) -> None:
    client = sign_in(Role.REVOPS)
    client.post("/drift/new/", {"name": "Ads", "kind": "ads"})
    answer = client.post(
        "/drift/systems/ads/upload/", {"file": SimpleUploadedFile("held.csv", FILE.encode())}
    )
    answer = client.post(answer.headers["Location"], chosen)
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_a_file_that_is_none_is_refused_in_words(sign_in: SignIn) -> None:
    client = sign_in(Role.REVOPS)
    client.post("/drift/new/", {"name": "Ads", "kind": "ads"})
    answer = client.post(
        "/drift/systems/ads/upload/",
        {"file": SimpleUploadedFile("held.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old")},
    )
    assert answer.status_code == 422


def test_history_shows_how_far_it_drifted(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    uploaded(client)
    assert "data-chart" not in client.get("/drift/systems/ads/").content.decode()
    uploaded(client, "Company name,Domain name,Tier,Target account\nEvil,alpha.example,1,Yes\n")
    body = client.get("/drift/systems/ads/").content.decode()
    assert 'data-chart="trend"' in body
    assert '"values": [1, 1]' in body


@pytest.mark.parametrize(("query", "shown"), [
    ("", {"Alpha", "Beta", "Omega"}), ("kind=extra", {"Omega"}), ("kind=missing", {"Beta"}), ("q=alp", {"Alpha"}),
    ("q=nobody", set()), ("mine=1", set()), ("sort=-line", {"Alpha", "Beta", "Omega"}), ("sort=x&kind=x", {"Alpha",
    "Beta", "Omega"}),
])  # fmt: skip
def test_findings_are_narrowed_and_sorted(sign_in: SignIn, query: str, shown: set[str]) -> None:
    a_list()
    client = sign_in(Role.REVOPS)
    reading = uploaded(client)
    body = client.get(f"/drift/readings/{reading.pk}/?{query}").content.decode()
    assert {name for name in ("Alpha", "Beta", "Omega") if f">{name}</a>" in body} == shown
    found = rows(client, f"/drift/readings/{reading.pk}/findings.csv?{query}")
    assert {row[1] for row in found[1:]} == shown


def test_a_rep_reads_and_does_not_upload(sign_in: SignIn) -> None:
    a_list()
    reading = uploaded(sign_in(Role.REVOPS))
    rep = sign_in(Role.REP)
    for path in ("", f"readings/{reading.pk}/", f"readings/{reading.pk}/correction.csv", "systems/ads/"):
        assert rep.get(f"/drift/{path}").status_code == 200
    file = f"systems/ads/upload/{reading.source_id}/"
    for path in (
        "new/",
        "systems/ads/upload/",
        "systems/ads/change/",
        file,
        f"{file}reading/",
        f"{file}reading/progress/",
    ):
        assert rep.get(f"/drift/{path}").status_code == 403


def test_a_system_is_changed(sign_in: SignIn) -> None:
    client = sign_in(Role.REVOPS)
    client.post("/drift/new/", {"name": "Ads", "kind": "ads"})
    client.post("/drift/systems/ads/change/", {"name": "Paid social", "kind": "ads", "tiers": ["1", "2"]})
    row = Sidecar.objects.get()
    assert (row.slug, row.name, row.tiers) == ("ads", "Paid social", [1, 2])


def test_rows_cost_no_queries(sign_in: SignIn) -> None:
    a_list()
    client = sign_in(Role.REVOPS)

    def asked(path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        return len(queries)

    first = uploaded(client)
    few = [asked(path) for path in (f"/drift/readings/{first.pk}/", "/drift/systems/ads/", "/drift/")]
    more = "".join(f"Evil {number},evil{number}.example,1,Yes\n" for number in range(40))
    second = uploaded(client, FILE + more)
    client.post("/drift/new/", {"name": "CRM", "kind": "crm"})
    assert [
        asked(path) for path in (f"/drift/readings/{second.pk}/", "/drift/systems/ads/", "/drift/")
    ] == few
