"""Decisions: which play answered to what, and why not the others."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property

from accounts.models import Account, AccountEvent, User
from plays.domain import record
from plays.domain.rules import title_of
from signals.models import Crossing


class DecisionQuerySet(models.QuerySet["Decision"]):
    """The vocabulary of reads over decisions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in may ask why."""
        return self if user.is_authenticated and user.is_active else self.none()


class Recorded(models.Model):
    """What a decision and a later attempt at it have alike: the candidates and the facts, as they are read again."""

    summary = models.CharField(max_length=300)
    candidates = models.JSONField(default=list)
    facts = models.JSONField(default=dict, blank=True, help_text="The account as it was known then.")
    made_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def lines(self) -> list[record.Line]:
        """The candidates, whichever release wrote them."""
        return record.lines_of(self.candidates)

    @property
    def told(self) -> list[record.Fact]:
        """The facts in words; none in records from before they were kept."""
        return record.facts_in_words(self.facts)


class Decision(Recorded):
    """One choice among the plays that one occasion triggered, with every candidate and the rule that settled it.

    Made once per crossing and once per account event, by the database. A start by hand has neither, but `by` and
    `reason`. `candidates` is a list of `{play, name, version, verdict, rule, sentence, priority, rules}`, of held ones
    with `until` and `needs`; `rules` are [rule, outcome, sentence] of all that was asked, and missing in records from
    before. `facts` is what was known of the account then. Append-only; where everything was held, `Attempt` has what
    came later.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="decisions")
    crossing = models.OneToOneField(
        Crossing, null=True, blank=True, on_delete=models.CASCADE, related_name="decision"
    )
    event = models.OneToOneField(
        AccountEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="decision"
    )
    occasion = models.CharField(max_length=300, help_text="What happened, in words.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.TextField(blank=True, help_text="Why a person started it by hand, or set a rule aside.")
    overridden = models.JSONField(default=list, blank=True, help_text="Rules that the person set aside.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(crossing__isnull=True) | Q(event__isnull=True), name="decision_has_one_occasion"
            ),
        )
        indexes = (models.Index(fields=["account", "-made_at"], name="decision_account_at"),)

    def __str__(self) -> str:
        return self.summary

    @property
    def happened(self) -> str:
        """What happened, as a sentence."""
        return f"{self.occasion.rstrip('.')}."

    @cached_property
    def tries(self) -> list[Attempt]:
        """The attempts after it, read once."""
        return list(self.attempts.all())

    @property
    def answer(self) -> str:
        """What was decided in the end: by the last attempt, where it was looked at again."""
        return self.tries[-1].summary if self.tries else self.summary

    @property
    def set_aside(self) -> list[str]:
        """The names of the rules that the person set aside."""
        return [title_of(rule) for rule in self.overridden]


class Attempt(Recorded):
    """A decision looked at again, because what held its plays back may have ended; written when the answer is another.

    Numbered from 2, the decision itself being the first. Append-only.
    """

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    because = models.CharField(max_length=300, help_text="Why it was looked at again.")

    class Meta:
        ordering = ("decision", "number")
        constraints = (
            models.UniqueConstraint(
                fields=["decision", "number"], name="one_attempt_per_decision_and_number"
            ),
        )

    def __str__(self) -> str:
        return self.summary


class Waiting(models.Model):
    """A decision that chose nothing yet, with a play that is only held: it is looked at again until `until`.

    Gone as soon as a play is chosen, nothing is held any more, or its time is over.
    """

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="waiting")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    look_at = models.DateTimeField(help_text="When it is looked at again, if nothing happens before.")
    until = models.DateTimeField()
    for_people = models.BooleanField(
        default=False, db_default=False, help_text="Nobody works here who could be given the play."
    )

    class Meta:
        verbose_name_plural = "waiting"
        indexes = (
            models.Index(fields=["account"], name="waiting_account"),
            models.Index(fields=["id"], condition=Q(for_people=True), name="waiting_for_people"),
        )

    def __str__(self) -> str:
        return f"{self.decision} until {self.until:%Y-%m-%d}"


class Review(models.Model):
    """What a person said to the suggestion to retire a play: retire it, or keep it for a while."""

    class Verdict(models.TextChoices):
        """Kept plays are not suggested again before `until`."""

        KEEP = "keep", "Keep"
        RETIRE = "retire", "Retire"

    play = models.ForeignKey("plays.Play", on_delete=models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    said = models.TextField(help_text="The suggestion as it read then.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(condition=Q(verdict__in=("keep", "retire")), name="play_review_is_known"),
            models.CheckConstraint(
                condition=~Q(verdict="keep") | Q(until__isnull=False), name="kept_play_is_kept_until"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.play}"
