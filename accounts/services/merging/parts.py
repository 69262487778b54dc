"""What of the account graph goes along in a merge, and what cannot stand beside the winner's as it is."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import Any

from abmops.lib import merging
from abmops.lib.merging import NOW, Collision, Manifest, Pair, Part, Rows
from accounts.models import AccountAlias, AccountExternalId, DuplicatePair
from accounts.services.merging.history import ListHistory

_PAIRS = DuplicatePair._meta.db_table  # noqa: SLF001


class ExternalIds(Rows):
    """Ids in other systems: all go along, and two of one system are pointed out."""

    def conflicts(self, pair: Pair) -> list[str]:
        ids: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        rows = AccountExternalId.objects.filter(account__in=(pair.winner, pair.loser))
        for account_id, system, value in rows.values_list("account_id", "system", "value"):
            ids[system][account_id].append(value)
        return [
            f"Both have an id in {system} ({', '.join(sorted(chain(*both.values())))}): {system} holds two records of "
            "this company, which are better merged there too."
            for system, both in sorted(ids.items())
            if len(both) > 1
        ]


class Pairs(Part):
    """Suggestions that name the loser: taken out, since a pair is of two accounts that exist."""

    name = "duplicate_pairs"
    one = "duplicate suggestion"
    many = "duplicate suggestions"
    holds = ((_PAIRS, "first_id"), (_PAIRS, "second_id"))

    def count(self, loser: int) -> int:
        return len(self._rows(loser))

    def move(self, pair: Pair) -> Manifest:
        rows = self._rows(pair.loser)
        merging.take_out(_PAIRS, "id", "bigint", [row["id"] for row in rows])
        return {"out": rows}

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        standing = DuplicatePair.objects.filter(
            first_id__in=[row["first_id"] for row in manifest["out"]],
            second_id__in=[row["second_id"] for row in manifest["out"]],
        )
        known = set(standing.values_list("first_id", "second_id"))
        merging.put_back(
            _PAIRS, [row for row in manifest["out"] if (row["first_id"], row["second_id"]) not in known]
        )

    @staticmethod
    def _rows(account: int) -> list[dict[str, Any]]:
        return merging.read_rows(
            _PAIRS, "t.first_id = %s OR t.second_id = %s ORDER BY t.id", [account, account]
        )


class Aliases(Rows):
    """Older ids that led to the loser lead to the winner, and the loser's own does too."""

    def move(self, pair: Pair) -> Manifest:
        manifest = super().move(pair)
        AccountAlias.objects.create(old_id=pair.loser, account_id=pair.winner)
        return manifest

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        AccountAlias.objects.filter(old_id=pair.loser).delete()
        super().undo(pair, manifest)


def register() -> None:
    """Register the parts; what others depend on first."""
    merging.register(
        Rows("domains", "accounts_accountdomain", "domain", "domains"),
        ExternalIds("external_ids", "accounts_accountexternalid", "external id", "external ids"),
        ListHistory(),
        Rows("contacts", "accounts_contact", "contact", "contacts"),
        Rows("opportunities", "accounts_opportunity", "opportunity", "opportunities"),
        Rows("touches", "accounts_touch", "touch", "touches"),
        Rows("events", "accounts_accountevent", "event", "events"),
        Rows(
            "nominations",
            "accounts_nomination",
            "nomination",
            "nominations",
            collisions=(
                Collision(
                    "t.state = 'open' AND EXISTS (SELECT FROM accounts_nomination w "
                    "WHERE w.account_id = %(winner)s AND w.state = 'open' AND w.side = t.side)",
                    "Both are nominated by the same side ({count}): the one of {winner} stays open, the one of {loser} "
                    "is withdrawn.",
                    {
                        "state": "withdrawn",
                        "decided_at": NOW,
                        "decision": "{loser} became part of {winner}, which the same side had nominated.",
                    },
                ),
            ),
        ),
        Rows("quarantines", "accounts_quarantine", "quarantine", "quarantines"),
        Rows(
            "tier_proposals",
            "accounts_tierproposal",
            "tier proposal",
            "tier proposals",
            exact=False,
            collisions=(
                Collision(
                    "t.state = 'open'",
                    "The open tier proposal of {loser} is closed: its figures were of {loser} alone.",
                    {"state": "passed", "decided_at": NOW, "decision": "{loser} became part of {winner}."},
                ),
            ),
        ),
        Rows(
            "gap_assignments",
            "accounts_gapassignment",
            "data gap to fill",
            "data gaps to fill",
            collisions=(
                Collision(
                    "t.closed_at IS NULL AND EXISTS (SELECT FROM accounts_gapassignment w WHERE "
                    "w.account_id = %(winner)s AND w.closed_at IS NULL AND w.field = t.field)",
                    "The same data gap is somebody's on both accounts ({count}): the one of {loser} is closed.",
                    {"closed_at": NOW},
                ),
            ),
        ),
        Rows("sidecar_findings", "accounts_sidecarfinding", "drift finding", "drift findings", exact=False),
        Rows("subsidiaries", "accounts_account", "subsidiary", "subsidiaries", column="parent_id"),
        Pairs(),
        Rows("merges", "accounts_merge", "earlier merge", "earlier merges", column="winner_id"),
        Aliases("aliases", "accounts_accountalias", "older id", "older ids"),
    )
