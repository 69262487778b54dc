"""Files that people bring: what they hold, how it was read, what became of each row."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from abmops.lib.choices import Side
from accounts.models.change import ChangeSet
from accounts.models.user import User


class Import(models.Model):
    """One uploaded file on its way into the program: read, mapped, tried dry, run, and perhaps taken back.

    `mapping` holds column number -> field name (or "" to leave it out), `answers` what only a person can say (date
    order, decimal sign, the external ids' system). `found` is what reading it has shown: sheets, notes, questions.
    Counts are of rows; `done` moves while a worker runs, `upto` is the line that it has come to.
    """

    class Kind(models.TextChoices):
        ACCOUNTS = "accounts", "Accounts"
        CONTACTS = "contacts", "Contacts"
        OPPORTUNITIES = "opportunities", "Opportunities"
        TOUCHES = "touches", "Touches"
        LIST_CHANGES = "list_changes", "List changes"
        SIDECAR = "sidecar", "What another system holds"
        SIGNALS = "signals", "Signals"

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for its columns"
        CHECKING = "checking", "Being checked"
        CHECKED = "checked", "Checked"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        UNDOING = "undoing", "Being taken back"
        UNDONE = "undone", "Taken back"

    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.UPLOADED)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=40, blank=True)
    delimiter = models.CharField(max_length=4, blank=True)
    sheet = models.CharField(max_length=120, blank=True)
    header = ArrayField(models.TextField(), default=list)
    mapping = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    target = models.CharField(max_length=120, blank=True, help_text="For a sidecar list: its slug.")
    side = models.CharField(max_length=16, choices=Side.choices, blank=True)
    reason = models.TextField(blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    upto = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True, help_text="Why it failed, as a sentence.")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="imports")
    change_set = models.OneToOneField(
        ChangeSet,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="imported",
        db_constraint=False,
    )
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_kind_display()})"


class ImportFile(models.Model):
    """The file itself, in pieces, until 30 days after the import ended."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        ordering = ("of", "number")
        constraints = (
            models.UniqueConstraint(fields=["of", "number"], name="one_piece_per_import_and_number"),
        )

    def __str__(self) -> str:
        return f"{self.of_id}: piece {self.number}"


class ImportRow(models.Model):
    """One row of the file as it stands there, and its verdict: of the dry run first, of the run then."""

    class Verdict(models.TextChoices):
        NEW = "new", "New"
        CHANGED = "changed", "Changes"
        SAME = "same", "Same"
        ERROR = "error", "Error"

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="The line of the file that it begins on; the header is 1.")
    cells = ArrayField(models.TextField())
    problems = models.JSONField(
        default=list, help_text="What is wrong with the row in the file: [[column, detail]]"
    )
    repeats = models.PositiveIntegerField(null=True, help_text="An earlier line about the same record.")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    changes = models.JSONField(default=dict, help_text="field -> [before, after]")
    errors = models.JSONField(default=list, help_text="[{pointer, column, detail}]")
    suggestions = models.JSONField(
        default=list, help_text="[[account, name, likeness]]: accounts that may be meant."
    )
    row_id = models.BigIntegerField(null=True, help_text="The record that it made or changed.")

    class Meta:
        ordering = ("of", "number")
        constraints = (models.UniqueConstraint(fields=["of", "number"], name="one_row_per_import_and_line"),)
        indexes = (models.Index(fields=["of", "verdict", "number"], name="import_row_verdict"),)

    def __str__(self) -> str:
        return f"{self.of_id}: line {self.number}"


class ImportMapping(models.Model):
    """How files with this header were read last time, offered again next time."""

    kind = models.CharField(max_length=16, choices=Import.Kind.choices)
    header_hash = models.CharField(max_length=64)
    mapping = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "header_hash"], name="one_mapping_per_kind_and_header"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.header_hash[:8]}"
