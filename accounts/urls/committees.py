"""Addresses of the committees over the whole list, and of erasures."""

from django.urls import path

from accounts.views import committees, erasure

app_name = "committees"
urlpatterns = [
    path("", committees.committee_list, name="list"),
    path("committees.csv", committees.committee_csv, name="csv"),
    path("erasures/", erasure.erasures, name="erasures"),
    path("erasures/erasures.csv", erasure.erasures_csv, name="erasures_csv"),
]
