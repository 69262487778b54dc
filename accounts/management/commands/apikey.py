"""`manage.py apikey create NAME --role integration`: prints the key once, and nothing else, on stdout."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from accounts.models import ApiKey, User
from accounts.services.apikey import SCOPES, create_key, revoke_key


class Command(BaseCommand):
    """Make, list and revoke API keys."""

    help = "Make, list and revoke API keys. A key is printed once, when it is made."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """create, list, revoke."""
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="Make a key and print it.")
        create.add_argument("name", help="Who uses it, for example: hubspot sync.")
        create.add_argument("--role", default=Role.INTEGRATION.value, choices=Role.values)
        create.add_argument("--scopes", nargs="+", default=list(SCOPES), choices=SCOPES)
        create.add_argument("--days", type=int, help="Expires after so many days; without it, never.")
        create.add_argument(
            "--user", help="E-mail of the user it acts as; without it, a service user of the role."
        )
        actions.add_parser("list", help="Show all keys, without their secrets.")
        revoke = actions.add_parser("revoke", help="End a key.")
        revoke.add_argument("public_id", help="The third part of the key, or its name as `list` shows it.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the one asked for."""
        try:
            getattr(self, f"_{options['action']}")(options)
        except AbmopsError as error:
            raise CommandError(error.message) from error

    def _create(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        user = None
        if options["user"]:
            user = User.objects.filter(email__iexact=options["user"]).first()
            if user is None:
                raise CommandError(f"No user has the e-mail {options['user']}.")
        _, text = create_key(
            name=options["name"],
            role=options["role"],
            scopes=options["scopes"],
            expires_at=now + timedelta(days=options["days"]) if options["days"] else None,
            user=user,
            now=now,
        )
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        now = timezone.now()
        keys = ApiKey.objects.select_related("user")
        if not keys:
            self.stderr.write("There is no key yet. Make one: manage.py apikey create NAME --role revops")
        for key in keys:
            state = "live" if key.is_live(now) else "revoked" if key.revoked_at else "expired"
            used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            self.stdout.write(
                f"{key.public_id}  {state:8}  {key.user.role:12}  {','.join(key.scopes):18}  {used:16}  {key.name}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        wanted = options["public_id"]
        key = (
            ApiKey.objects.filter(public_id=wanted).first()
            or ApiKey.objects.filter(name=wanted, revoked_at=None).first()
        )
        if key is None:
            raise CommandError(f"There is no key {wanted}. See: manage.py apikey list")
        revoke_key(key=key, now=timezone.now())
        self.stderr.write(f"The key {key.name} ({key.public_id}) is revoked.")
