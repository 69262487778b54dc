"""Saving a view of a list, renaming it, sharing it, beginning with it, taking it away and bringing it back."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from abmops.lib.errors import AbmopsError
from abmops.ui.access import page
from abmops.ui.toasts import complain, toast
from accounts.models import SavedView
from accounts.selectors import saved_views as kept
from accounts.services import saved_views as keeping
from accounts.views.account_list import PAGE
from accounts.views.carrying_out import carried_out
from accounts.views.people import reader


class ViewForm(forms.Form):
    """A saved view's name and who sees it."""

    name = forms.CharField(
        max_length=60, help_text="As it stands above the list, for example Rising in DACH."
    )
    is_shared = forms.BooleanField(
        required=False, label="Everybody sees it", help_text="Only you and RevOps can change a shared view."
    )
    starts = forms.BooleanField(required=False)

    def __init__(self, *args: Any, title: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts"].label = f"Open {title} with it"


@page()
def save(request: HttpRequest, of: str = PAGE) -> HttpResponseBase:
    """Keep what the list `of` shows now. The address carries the view, as the list's own does."""
    user, query = reader(request), request.GET
    form = ViewForm(request.POST or None, title=kept.LISTS[of].title)
    if form.is_valid():
        made: list[SavedView] = []

        def act() -> None:
            made.append(
                keeping.save_view(
                    owner=user,
                    page=of,
                    name=form.cleaned_data["name"],
                    query=kept.query_of(query, page=of),
                    columns=kept.columns_of(query),
                    is_shared=form.cleaned_data["is_shared"],
                    now=timezone.now(),
                )
            )

        if carried_out(form, act):
            if form.cleaned_data["starts"]:
                keeping.begin_with(user=user, page=of, view=made[0])
            toast(request, f"Saved as {made[0].name}.", undo_url=_url("view_remove", made[0]))
            return _to(made[0])
    return _drawn(request, form, None, query, of=of)


@page()
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Rename a view, share it, or begin with it; whoever may not change a shared one can still begin with it."""
    view, user = _view(request, pk), reader(request)
    starts = kept.start_of(user, view.page) == view
    first = {"name": view.name, "is_shared": view.is_shared, "starts": starts}
    form = ViewForm(request.POST or None, initial=first, title=kept.LISTS[view.page].title)
    if not kept.may_change(user, view):
        del form.fields["name"], form.fields["is_shared"]
    if form.is_bound and form.is_valid():
        said = form.cleaned_data

        def act() -> None:
            if "name" in said:
                keeping.rename_view(view=view, by=user, name=said["name"], is_shared=said["is_shared"])
            if said["starts"] != starts:
                keeping.begin_with(user=user, page=view.page, view=view if said["starts"] else None)

        if carried_out(form, act):
            toast(request, f"{view.name} is kept.")
            return _to(view)
    return _drawn(request, form, view, QueryDict(), of=view.page)


@page()
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Let the view be what the list shows now; the address carries it."""
    view, query = _view(request, pk), request.GET
    was = kept.address_of(view)
    try:
        keeping.keep_changes(
            view=view,
            by=reader(request),
            query=kept.query_of(query, page=view.page),
            columns=kept.columns_of(query),
        )
    except AbmopsError as error:
        complain(request, error.message)
    else:
        undo = f"{_url('view_keep', view)}?{was}"
        toast(request, f"{view.name} now shows this.", undo_url=undo)
    return _to(view)


@page()
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a view away; the message has the undo."""
    view = _view(request, pk)
    try:
        keeping.remove_view(view=view, by=reader(request), now=timezone.now())
    except AbmopsError as error:
        complain(request, error.message)
        return _to(view)
    toast(request, f"{view.name} is gone.", undo_url=_url("view_restore", view))
    return redirect(f"{reverse(view.page)}?{kept.LISTS[view.page].whole}")


@page()
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Bring a view back."""
    user = reader(request)
    view = get_object_or_404(SavedView.objects.select_related("owner"), pk=pk, removed_at__isnull=False)
    if not kept.may_change(user, view):
        raise Http404
    try:
        keeping.restore_view(view=view, by=user)
    except AbmopsError as error:
        complain(request, error.message)
        return redirect(view.page)
    toast(request, f"{view.name} is back.")
    return _to(view)


def _view(request: HttpRequest, pk: int) -> SavedView:
    visible = SavedView.objects.visible_to(reader(request)).select_related("owner")
    return get_object_or_404(visible, pk=pk, page__in=kept.LISTS)


def _url(name: str, view: SavedView) -> str:
    return reverse(f"accounts:{name}", args=[view.pk])


def _to(view: SavedView) -> HttpResponseBase:
    return redirect(f"{reverse(view.page)}?saved={view.pk}")


def _drawn(
    request: HttpRequest, form: ViewForm, view: SavedView | None, query: QueryDict, *, of: str
) -> HttpResponse:
    may_remove = view is not None and kept.may_change(reader(request), view)
    context = {
        "form": form,
        "view": view,
        "may_remove": may_remove,
        "back": query.urlencode(),
        "list": kept.LISTS[of],
        "home": reverse(of),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "accounts/views/form.html", context, status=status)
