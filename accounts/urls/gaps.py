"""Addresses of the data gaps pages."""

from django.urls import path

from accounts.views import gaps

app_name = "gaps"
urlpatterns = [
    path("", gaps.gap_list, name="list"),
    path("gaps.csv", gaps.gap_csv, name="csv"),
    path("accounts-to-enrich.csv", gaps.enrichment_csv, name="enrichment"),
    path("people-to-find.csv", gaps.people_csv, name="people"),
    path("assign/", gaps.assign, name="assign"),
    path("confirm/", gaps.confirm, name="confirm"),
]
