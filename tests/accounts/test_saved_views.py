"""Saved views: private and shared, changed only by whom they belong to, gone and back again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.models import SavedView, User
from accounts.selectors import saved_views as kept
from accounts.services import saved_views as keeping
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PAGE = "accounts:list"
pytestmark = pytest.mark.django_db


def save(owner: User, name: str = "Rising", *, is_shared: bool = False) -> SavedView:
    """One of the accounts list."""
    return keeping.save_view(
        owner=owner, page=PAGE, name=name, query="tier=1", columns=["fit"], is_shared=is_shared, now=NOW
    )


@pytest.fixture
def rep() -> User:
    """Whose view it is."""
    return make.user(Role.REP)


@pytest.mark.parametrize(("is_shared", "role", "sees", "changes"), [
    pytest.param(False, Role.REP, False, False, id="another's private one"),
    pytest.param(False, Role.REVOPS, False, False, id="private for RevOps too"),
    pytest.param(True, Role.REP, True, False, id="another's shared one"),
    pytest.param(True, Role.REVOPS, True, True, id="RevOps looks after shared ones"),
])  # fmt: skip
def test_who_sees_and_changes_a_view(
    rep: User, *, is_shared: bool, role: Role, sees: bool, changes: bool
) -> None:
    view, other = save(rep, is_shared=is_shared), make.user(role)
    assert (view in kept.of(other, PAGE)) is sees
    assert kept.of(rep, PAGE) == [view]
    if changes:
        keeping.rename_view(view=view, by=other, name="Ours", is_shared=True)
        assert SavedView.objects.get().name == "Ours"
    else:
        for act in (
            lambda: keeping.rename_view(view=view, by=other, name="Ours", is_shared=False),
            lambda: keeping.keep_changes(view=view, by=other, query="", columns=[]),
            lambda: keeping.remove_view(view=view, by=other, now=NOW),
        ):
            with pytest.raises(Refused, match="Save your own"):
                act()


def test_a_name_is_there_once_an_owner(rep: User) -> None:
    save(rep)
    save(make.user(Role.REP))
    with pytest.raises(Refused, match="already"):
        save(rep, "  Rising ")
    with pytest.raises(Refused, match="name"):
        save(rep, "  ")


def test_what_is_taken_away_comes_back_for_thirty_days(rep: User) -> None:
    view = save(rep)
    keeping.remove_view(view=view, by=rep, now=NOW)
    assert kept.of(rep, PAGE) == []
    keeping.restore_view(view=view, by=rep)
    assert kept.of(rep, PAGE) == [view]
    keeping.remove_view(view=view, by=rep, now=NOW)
    other = save(rep)
    with pytest.raises(Refused, match="already"):
        keeping.restore_view(view=view, by=rep)
    keeping.remove_view(view=other, by=rep, now=NOW + timedelta(days=31))
    assert list(SavedView.objects.all()) == [other]


def test_a_person_begins_with_one_view_while_they_may_see_it(rep: User) -> None:
    other = make.user(Role.REP)
    view, own = save(rep, is_shared=True), save(other, "Own")
    for chosen in (view, own, view):
        keeping.begin_with(user=other, page=PAGE, view=chosen)
        assert kept.start_of(other, PAGE) == chosen
    assert kept.start_of(rep, PAGE) is None
    keeping.rename_view(view=view, by=rep, name="Rising", is_shared=False)
    assert kept.start_of(other, PAGE) is None
    keeping.begin_with(user=other, page=PAGE, view=None)
    assert other.default_views.count() == 0


@pytest.mark.parametrize(("query", "clean"), [
    ("tier=2&tier=1&page=4&saved=1&cols=fit,phase", "tier=1&tier=2"),
    ("sort=-fit&q=&phase=active", "phase=active&sort=-fit"),
])  # fmt: skip
def test_a_view_keeps_what_narrows_and_sorts(query: str, clean: str) -> None:
    assert kept.query_of(QueryDict(query)) == clean
