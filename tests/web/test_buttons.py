"""An address that only takes a form, opened as a page: it says so in plain words and leads to its button's page."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.accounts import make
from tests.web.test_routes import ALL, SAMPLES

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def everybody() -> Client:
    """The browser of somebody who may do everything."""
    user = make.user()
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    client = Client()
    client.force_login(user)
    return client


def home_in(page: str) -> str:
    found = re.search(r'<a class="btn primary" href="([^"]+)">', page)
    assert found is not None
    return found[1]


def test_every_button_leads_to_a_page_that_can_be_opened(everybody: Client) -> None:
    """By way of another button's address at most. A page may ask for a row that is not there: then it is not found."""
    seen = []
    for name, kinds in ALL:
        url = reverse(name, args=[SAMPLES[kind] for kind in kinds])
        answer = everybody.get(url, headers=BROWSER)
        if answer.status_code != 405:
            continue
        seen.append(url)
        assert answer.headers["Allow"], url
        for _ in range(2):
            if answer.status_code == 405:
                page = answer.content.decode()
                assert "This address is a button, not a page" in page, url
                answer = everybody.get(home_in(page), headers=BROWSER)
        assert answer.status_code in (200, 404), url
    assert len(seen) > 50


def test_it_names_the_page_that_it_belongs_to(everybody: Client) -> None:
    """As one that may have the button: what lies above may be another button's address."""
    page = everybody.get("/plays/7/status/", headers=BROWSER).content.decode()
    assert home_in(page) == "/plays/7/"
    assert "The page below may have its button." in page
    assert home_in(everybody.get("/pauses/account/7/", headers=BROWSER).content.decode()) == "/pauses/"


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/plays/7/status/", {"Accept": "*/*"}, id="a program"),
        pytest.param("/plays/7/status/", {**BROWSER, "HX-Request": "true"}, id="a part of a page"),
        pytest.param("/v1/batch", {"Accept": "application/json"}, id="the door of signals"),
    ],
)
def test_programs_keep_the_bare_answer(everybody: Client, path: str, headers: dict[str, str]) -> None:
    answer = everybody.get(path, headers=headers)
    assert answer.status_code == 405
    assert b"<html" not in answer.content
