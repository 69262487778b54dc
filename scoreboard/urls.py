"""Addresses of the scoreboard."""

from django.urls import path

from scoreboard.views import page

app_name = "scoreboard"
urlpatterns = [
    path("scoreboard/", page.scoreboard, name="page"),
    path("scoreboard/<slug:key>/", page.number, name="number"),
    path("scoreboard/<slug:key>/csv/", page.number_csv, name="csv"),
]
