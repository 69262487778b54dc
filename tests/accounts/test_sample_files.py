"""The sample's people have brought files, each at another point of its way."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from abmops.sample import files, founding, life, world
from abmops.sample.program import Program
from abmops.sample.records import write_deals
from accounts.models import Contact, Import, ImportRow, Territory, User
from accounts.services.importing import undo_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(now: datetime) -> Program:
    random = Random(7)
    start = now - timedelta(days=120)
    program = Program(random, start, now, world.companies(60, random), print)
    territories = {
        slug: Territory.objects.create(slug=slug, name=slug.title(), countries=[])
        for slug in {one.territory for one in world.PEOPLE if one.territory}
    }
    for one in world.PEOPLE:
        program.staff[one.email] = User.objects.create_user(
            one.email, name=one.name, role=one.role, job=one.job, territory=territories.get(one.territory)
        )
    founding.accounts(program)
    write_deals(program, life.deals(program.companies, start, now, random), upto=now, now=now)
    return program


def test_each_file_has_come_as_far_as_it_should(program: Program) -> None:
    before = Contact.objects.count()
    files.write(program)
    found = {one.file_name: one for one in Import.objects.order_by("pk")}
    assert {name: one.state for name, one in found.items()} == {
        "attendees-of-the-organiser.csv": "undone",
        "fair-visitors.csv": "done",
        "pipeline-export.csv": "checked",
        "calls-of-the-agency.csv": "uploaded",
    }
    assert not [one.problem for one in found.values() if one.problem]

    written = found["fair-visitors.csv"]
    assert (written.total, written.unchanged, written.refused) == (17, 1, 2)
    assert Contact.objects.count() == before + written.created
    assert not undo_plan(written).blocked

    dry = found["pipeline-export.csv"]
    assert (dry.created, dry.updated, dry.refused) == (1, 2, 1)
    assert dry.unchanged > 3

    (question,) = found["calls-of-the-agency.csv"].found["questions"]
    assert question["text"].startswith("What is ")
    for import_ in found.values():
        assert import_.finished_at is None or import_.finished_at < program.end
        assert ImportRow.objects.filter(of=import_).exists()
