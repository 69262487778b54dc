"""Addresses of the ideal customer profile pages."""

from django.urls import path

from accounts.views import icp

app_name = "icp"
urlpatterns = [
    path("", icp.profile, name="page"),
    path("preview/", icp.live_preview, name="preview"),
    path("edit/", icp.edit, name="edit"),
    path("moves/", icp.moves, name="moves"),
    path("moves.csv", icp.moves_csv, name="moves_csv"),
    path("adopt/", icp.adopt, name="adopt"),
    path("compare/", icp.compare, name="compare"),
    path("accounts/<int:pk>/", icp.account_fit, name="account"),
]
