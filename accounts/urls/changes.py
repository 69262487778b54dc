"""Addresses of the change log pages."""

from django.urls import URLPattern, path

from accounts.views import changes

app_name = "changes"
urlpatterns: list[URLPattern] = [
    path("", changes.change_list, name="list"),
    path("changes.csv", changes.change_csv, name="csv"),
    path("accounts/<int:pk>/", changes.of_account, name="of_account"),
    path("<uuid:pk>/", changes.change_set, name="set"),
    path("<uuid:pk>/undo/", changes.take_back, name="undo"),
]
