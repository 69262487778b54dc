"""Addresses of the target list pages."""

from django.urls import URLPattern, path

from accounts.urls import list_reading
from accounts.views.target_list import changing, holding, listing, nominating, overview, policy

app_name = "target_list"
urlpatterns: list[URLPattern] = [
    path("", overview.overview, name="page"),
    path("accounts/", listing.accounts, name="accounts"),
    path("accounts.csv", listing.accounts_csv, name="accounts_csv"),
    path("changes/", listing.changes, name="changes"),
    path("changes.csv", listing.changes_csv, name="changes_csv"),
    path("overrides/", listing.overrides, name="overrides"),
    path("overrides.csv", listing.overrides_csv, name="overrides_csv"),
    path("change/", changing.change, name="change"),
    path("undo/<uuid:change_set>/", changing.take_back, name="undo"),
    path("nominations/", nominating.nominations, name="nominations"),
    path("nominations.csv", nominating.nominations_csv, name="nominations_csv"),
    path("nominations/new/", nominating.nominate, name="nominate"),
    path("nominations/decide/", nominating.decide, name="decide"),
    path("nominations/<int:pk>/withdraw/", nominating.withdraw, name="withdraw"),
    path("quarantine/", holding.quarantine, name="quarantine"),
    path("quarantine.csv", holding.quarantine_csv, name="quarantine_csv"),
    path("quarantine/new/", holding.hold, name="hold"),
    path("quarantine/<int:pk>/lift/", holding.lift, name="lift"),
    path("rules/", policy.policy, name="policy"),
    *list_reading.urlpatterns,
]
