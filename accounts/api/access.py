"""Which roles may do what to the account graph; the tables that the resources declare."""

from abmops.lib.choices import Role
from abmops.rest.access import EVERYBODY, Access

KEEPERS = frozenset({Role.REVOPS, Role.INTEGRATION})
WORKERS = KEEPERS | {Role.MARKETER, Role.REP}

READ_ONLY: Access = {"read": EVERYBODY}
# Everybody reads; those who work accounts write theirs; bulk writes and removals are RevOps' and the integrations'.
WORKED: Access = {"read": EVERYBODY, "write": WORKERS, "bulk": KEEPERS, "destroy": KEEPERS}
LIST: Access = {"read": EVERYBODY, "write": KEEPERS, "bulk": KEEPERS}
SETUP: Access = {"read": EVERYBODY, "write": frozenset({Role.REVOPS})}
