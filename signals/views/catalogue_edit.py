"""Writing the catalogue: signal types with their rules, sources with their keys, topics. For RevOps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from abmops.lib.choices import Role, SourceKind
from abmops.lib.errors import AbmopsError, FieldErrors
from abmops.ui.access import page
from abmops.ui.asking_again import ask_again
from abmops.ui.toasts import toast
from accounts.models import User
from accounts.views.carrying_out import carried_out
from signals.models import PageIntent, SignalType, Source, Topic
from signals.services import definitions
from signals.views import rule_rows

TYPE_FIELDS = (
    "name", "kind", "points", "confidence", "half_life_days", "recency_days", "page_intent", "qualifying",
    "hand_raise", "digital_response", "is_active",
)  # fmt: skip
SOURCE_FIELDS = ("name", "kind", "weight", "owner", "is_active")


class TypeForm(forms.Form):
    """What one signal is worth and what it counts towards; its rules stand beside it as rows."""

    name = forms.CharField(max_length=120, help_text="As people say it: Pricing page, Demo requested.")
    kind = forms.ChoiceField(label="Comes from", choices=SourceKind.choices)
    points = forms.FloatField(
        min_value=0,
        max_value=10_000,
        initial=10,
        help_text="On a scale on which a raised hand is 50 and one more page view is 1. Signals keep what they were "
        "worth when they came.",
    )
    confidence = forms.FloatField(
        min_value=0, max_value=1, initial=1, help_text="How sure it means what it says: 0 to 1."
    )
    half_life_days = forms.FloatField(
        label="Half after days",
        min_value=0.01,
        max_value=3_650,
        initial=14,
        help_text="Short for what passes, long for what lasts. Past signals are weighed anew.",
    )
    recency_days = forms.IntegerField(
        label="Counts within days",
        min_value=1,
        max_value=730,
        initial=30,
        help_text="Older ones cross no threshold.",
    )
    page_intent = forms.ChoiceField(
        choices=[("", "None"), *PageIntent.choices],
        required=False,
        help_text="For page views: what the page says about its reader.",
    )
    qualifying = forms.BooleanField(
        required=False, label="Qualifies for sales", help_text="Counts towards handing the account to sales."
    )
    hand_raise = forms.BooleanField(
        required=False, label="The account asks for us", help_text="Sales may act at once."
    )
    digital_response = forms.BooleanField(required=False, label="Is an answer to marketing")
    is_active = forms.BooleanField(
        required=False, initial=True, label="In force", help_text="The rules of a retired type match nothing."
    )


class SourceForm(forms.Form):
    """A system that sends signals."""

    name = forms.CharField(max_length=120, help_text="As people call it: Website, Bombora, HubSpot.")
    kind = forms.ChoiceField(choices=SourceKind.choices)
    weight = forms.FloatField(
        min_value=0,
        max_value=10,
        initial=1,
        help_text="How far it is trusted: 1 in full, 0.5 half, 0 not at all. All its signals are weighed anew.",
    )
    owner = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        empty_label="Nobody yet",
        help_text="Is told when the source falls silent, floods or sends what cannot be used.",
    )
    is_active = forms.BooleanField(
        required=False, initial=True, label="Open", help_text="A closed source's write key is refused."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.here()


@page(Role.REVOPS)
def type_edit(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """A new signal type, or other words, worth and rules for one."""
    row = get_object_or_404(SignalType, slug=slug) if slug else None
    first = {name: _plain(getattr(row, name)) for name in TYPE_FIELDS} if row else None
    rows = (
        rule_rows.posted(request.POST)
        if request.method == "POST"
        else rule_rows.rows_of(row.rules if row else [])
    )
    form = TypeForm(request.POST or None, initial=first)
    if request.method == "POST" and request.POST.get("do", "save") == "save" and form.is_valid():
        saved = _save_type(form, rows, row)
        if saved is not None:
            toast(request, f"“{saved.name}” is {'changed' if row else 'in the catalogue'}.")
            return redirect("signals:type", slug=saved.slug)
    if request.POST.get("do", "save") != "save":
        form.errors.clear()
    context = {"form": form, "rows": rows, "type": row, "now": timezone.now()}
    wrong = bool(form.errors) or any(one.errors for one in rows)
    return render(request, "signals/catalogue/type_form.html", context, status=400 if wrong else 200)


def _plain(value: Any) -> Any:
    """Whole numbers without a zero behind them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _save_type(form: TypeForm, rows: list[rule_rows.Row], row: SignalType | None) -> SignalType | None:
    """Write it; what is wrong goes to the form and to the rows."""
    rules = rule_rows.documents(rows)
    if any(one.errors for one in rows):
        form.add_error(None, "A rule needs another look.")
        return None
    slug = row.slug if row else free_slug(form.cleaned_data["name"], SignalType)
    try:
        return definitions.put_signal_type(slug=slug, fields=form.cleaned_data | {"rules": rules}).row
    except FieldErrors as error:
        for text in rule_rows.blame(rows, error) or ["A rule needs another look."]:
            form.add_error(None, text)
    except AbmopsError as error:
        form.add_error(None, error.message)
    return None


def free_slug(name: str, model: type[SignalType | Source]) -> str:
    """A slug of the name that nobody has yet."""
    base = slugify(name)[:44] or "unnamed"
    taken = set(model.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    return next(slug for n in range(1, 10_000) if (slug := base if n == 1 else f"{base}-{n}") not in taken)


@never_cache
@page(Role.REVOPS)
def source_edit(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """A new source, whose write key is shown this once, or another weight or owner for one."""
    row = get_object_or_404(Source, slug=slug) if slug else None
    first = {name: _plain(getattr(row, name)) for name in SOURCE_FIELDS} if row else None
    form = SourceForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            name = row.slug if row else free_slug(form.cleaned_data["name"], Source)
            written = definitions.put_source(slug=name, fields=form.cleaned_data)
        except AbmopsError as error:
            form.add_error(None, error.message)
        else:
            if written.write_key:
                return _key(request, written.row, written.write_key)
            toast(request, f"“{written.row.name}” is changed.")
            return redirect("signals:source", slug=written.row.slug)
    context = {"form": form, "source": row, "now": timezone.now()}
    return render(request, "signals/catalogue/source_form.html", context, status=400 if form.errors else 200)


@never_cache
@page(Role.REVOPS)
def source_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask whether to make a new write key, then make it and show it once."""
    row = get_object_or_404(Source, slug=slug)
    if request.method == "POST":
        return _key(request, row, definitions.rotate_key(source=row))
    return render(request, "signals/catalogue/key.html", {"source": row, "key": "", "now": timezone.now()})


def _key(request: HttpRequest, row: Source, key: str) -> HttpResponse:
    """The one page that shows a key. It is kept nowhere."""
    return render(request, "signals/catalogue/key.html", {"source": row, "key": key, "now": timezone.now()})


class TopicForm(forms.Form):
    """A topic by its name."""

    name = forms.CharField(
        label="Topic",
        max_length=120,
        error_messages={"required": "Give the topic's name, as your provider calls it."},
    )


@require_POST
@page(Role.REVOPS)
def topic_add(request: HttpRequest) -> HttpResponseBase:
    """Follow a topic."""
    form, back = TopicForm(request.POST), f"{reverse('signals:catalogue')}#topics"
    done: list[definitions.Written[Topic]] = []
    if not (
        form.is_valid()
        and carried_out(form, lambda: done.append(definitions.put_topic(name=form.cleaned_data["name"])))
    ):
        return ask_again(request, form, title="Follow a topic", act="Follow", back=back)
    (written,) = done
    toast(request, f"“{written.row.name}” is {'followed' if written.changed else 'followed already'}.")
    return redirect(back)


@require_POST
@page(Role.REVOPS)
def topic_set(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Stop following a topic, or follow it again."""
    row = get_object_or_404(Topic, pk=pk)
    follow = request.POST.get("do") != "retire"
    definitions.change_topic(topic=row, is_active=follow)
    toast(request, f"“{row.name}” is {'followed again' if follow else 'not followed any more'}.")
    return redirect(f"{reverse('signals:catalogue')}#topics")
