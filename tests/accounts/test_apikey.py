"""`manage.py apikey`: the key, once, and nothing else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.domain.keys import KeyText, NotAKey, parse
from accounts.models import ApiKey, User
from accounts.services.apikey import create_key, find_key
from tests.accounts import make


def run(*arguments: str) -> str:
    """What the command writes to standard output."""
    out = StringIO()
    call_command("apikey", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.django_db
def test_create_prints_the_key_and_nothing_else() -> None:
    printed = run("create", "HubSpot sync", "--role", "integration")
    assert printed.count("\n") == 1
    text = parse(printed.strip())
    key = find_key(text=text, now=timezone.now())
    assert key is not None
    assert (key.name, key.user.role, key.scopes) == (
        "HubSpot sync",
        "integration",
        ["read", "write", "ingest"],
    )
    assert not key.user.has_usable_password()
    run("create", "HubSpot sync", "--role", "integration")
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_list_shows_no_secret_and_revoke_ends_it() -> None:
    text = parse(run("create", "crm", "--days", "3").strip())
    listed = run("list")
    assert text.public_id in listed
    assert text.secret not in listed
    run("revoke", text.public_id)
    assert "revoked" in run("list")
    assert find_key(text=text, now=timezone.now()) is None
    with pytest.raises(CommandError, match="no key"):
        run("revoke", "nothing")


@pytest.mark.django_db
def test_a_key_may_act_as_a_person() -> None:
    person = make.user(Role.REVOPS, email="rita@ours.example")
    run("create", "mine", "--user", "Rita@ours.example")
    assert ApiKey.objects.get().user == person
    with pytest.raises(CommandError, match="No user"):
        run("create", "mine", "--user", "nobody@ours.example")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"role": "king"}, {"scopes": ("all",)}, {"expires_at": timezone.now()}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"name": "crm", "role": "integration", "now": timezone.now()} | wrong
    with pytest.raises(Refused):
        create_key(**values)  # type: ignore[arg-type]


WORD = st.text("0123456789abcdef", min_size=1, max_size=64)


@given(WORD, WORD, st.integers(0, 200), st.sampled_from("0123456789abcdef_x"))
def test_a_key_reads_back_and_one_wrong_sign_is_noticed(
    public_id: str, secret: str, place: int, sign: str
) -> None:
    key = KeyText("live", public_id, secret)
    assert parse(str(key)) == key
    assert repr(key) == f"KeyText({public_id}, secret hidden)"
    text = str(key)
    place %= len(text)
    broken = text[:place] + sign + text[place + 1 :]
    if broken != text:
        with pytest.raises(NotAKey):
            parse(broken)
