"""A large program, made in SQL: accounts with people, touches, a list and scores, in the proportions of a real one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from abmops.lib.choices import Job, Role, Side
from accounts.models import ListMembership, Territory, User
from accounts.services import storing

ACCOUNTS = 100_000
OWNERS = 40


def made(accounts: int = ACCOUNTS) -> User:
    """Three contacts and ten touches an account on average, a score for two in three; returns a rep who owns some.

    The triggers are on, so that everything kept by them is kept here too.
    """
    for number in range(OWNERS):
        User.objects.get_or_create(
            email=f"rep{number}@crowd.example",
            defaults={"name": f"Rep {number:02d} Crowd", "role": Role.REP, "job": Job.AE},
        )
    for number in range(8):
        Territory.objects.get_or_create(slug=f"crowd-{number}", defaults={"name": f"Land {number}"})
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0; SELECT setseed(0.5)")
        for sql in _FILL:
            cursor.execute(sql, {"accounts": accounts})
        _list(cursor)
        cursor.execute("VACUUM ANALYZE")
    return User.objects.get(email="rep0@crowd.example")


def _list(cursor: Any) -> None:
    """The 700 that fit best, in three tiers."""
    cursor.execute(
        "SELECT id FROM accounts_account WHERE domain LIKE 'crowd%' ORDER BY fit DESC, id LIMIT 700"
    )
    now = timezone.now()
    storing.insert(
        [
            ListMembership(
                account_id=pk,
                tier=1 if place < 40 else 2 if place < 200 else 3,
                valid_from=now - timedelta(days=60),
                side=Side.REVOPS,
                reason="Fits.",
            )
            for place, (pk,) in enumerate(cursor.fetchall())
        ],
        now=now,
    )


# Words of names are drawn so that a name search finds few, some or many; every ninth account has no owner.
_FILL = (
    """
WITH words AS (SELECT ARRAY['Nor','Hal','Bright','Cas','Vey','Tel','Quil','Sund','Mir','Fer','Low','Pel'] AS a,
    ARRAY['vane','den','moor','tellan','ra','uma','lon','mark','andel','row','enhart','wick'] AS b,
    ARRAY['Energy','Freight','Health','Insurance','Aerospace','Networks','Pharma','Retail','Bank','Optics',
          'Motors','Chemicals'] AS c,
    ARRAY['DE','FR','GB','US','SE','NL','ES','IT','PL','CH','AT','BE','DK','NO','FI'] AS lands),
people AS (SELECT array_agg(id ORDER BY email) AS ids FROM accounts_user WHERE email LIKE 'rep%%@crowd.example'),
places AS (SELECT array_agg(id ORDER BY slug) AS ids FROM accounts_territory WHERE slug LIKE 'crowd-%%')
INSERT INTO accounts_account (name, domain, industry, employees, annual_revenue, currency, country, region,
    technologies, lifecycle, phase, owner_id, territory_id, fit, is_target, tier, created_at, updated_at)
SELECT a[1 + n %% 12] || b[1 + n / 12 %% 12] || ' ' || c[1 + n / 144 %% 12] || ' ' || n, 'crowd' || n || '.example',
    c[1 + (random() * 11)::int], (random() * 20000)::int, (random() * 1e8)::int, 'EUR',
    lands[1 + (random() * 14)::int], '', '{}',
    (ARRAY['prospect','prospect','prospect','customer','open_opportunity','churned'])[1 + (random() * 5)::int],
    (ARRAY['awareness','awareness','engagement','active','expand'])[1 + (random() * 4)::int],
    CASE WHEN n %% 9 = 0 THEN NULL ELSE people.ids[1 + n %% array_length(people.ids, 1)] END,
    places.ids[1 + n %% array_length(places.ids, 1)], round((random() * 100)::numeric, 1), false, NULL, now(), now()
FROM words, people, places, generate_series(0, %(accounts)s - 1) n
""",
    """
INSERT INTO accounts_accountdomain (account_id, domain)
SELECT id, domain FROM accounts_account WHERE domain LIKE 'crowd%%'
""",
    """
INSERT INTO accounts_accountexternalid (account_id, system, value)
SELECT id, 'crm', '001' || lpad(id::text, 12, '0') FROM accounts_account WHERE domain LIKE 'crowd%%'
""",
    """
INSERT INTO accounts_contact (account_id, name, email, title, phone, role, seniority, persona, influence, reports_to_id,
    do_not_contact, do_not_contact_source, created_at, updated_at)
SELECT a.id, 'Person ' || n, 'p' || n || '@' || a.domain, '', '',
    (ARRAY['','champion','economic_buyer','technical_evaluator','end_user','blocker'])[1 + (random() * 5)::int],
    '', '', 1 + (random() * 4)::int, NULL, false, '', now(), now()
FROM accounts_account a, generate_series(1, (a.id %% 7)::int) n WHERE a.domain LIKE 'crowd%%'
""",
    """
INSERT INTO accounts_touch (account_id, contact_id, side, channel, direction, occurred_at, programmed, subject,
    created_at)
SELECT a.id, NULL, (ARRAY['sales','marketing','marketing','customer_success'])[1 + (random() * 3)::int],
    (ARRAY['email','call','ad','web'])[1 + (random() * 3)::int],
    CASE WHEN random() < 0.2 THEN 'inbound' ELSE 'outbound' END,
    now() - random() * interval '400 days', random() < 0.5, '', now()
FROM accounts_account a, generate_series(1, (a.id %% 21)::int) n WHERE a.domain LIKE 'crowd%%'
""",
    """
INSERT INTO signals_accountstate (account_id, armed, intent, score, score_week_ago, scored_at, signals_seen)
SELECT id, '{}', intent, 0.4 * fit + 0.6 * intent, 0, now(), 1
FROM (SELECT id, fit, (random() * 100) AS intent FROM accounts_account WHERE domain LIKE 'crowd%%' AND id %% 3 > 0) a
ON CONFLICT (account_id) DO NOTHING
""",
)
