"""Addresses of what belongs to sites and their visitors: the snippet, and the machines that are none."""

from django.urls import path

from signals.views import bots, install

urlpatterns = [
    path("catalogue/sources/<slug:slug>/install/", install.install, name="install"),
    path("catalogue/bots/", bots.bots, name="bots"),
    path("catalogue/bots/bots.csv", bots.bots_csv, name="bots_csv"),
    path("catalogue/bots/<int:pk>/switch/", bots.bot_switch, name="bot_switch"),
]
