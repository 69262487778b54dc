"""Addresses of the ideal customer profile pages."""

from django.urls import path

from accounts.views import icp, icp_moves, icp_proposals

app_name = "icp"
urlpatterns = [
    path("", icp.profile, name="page"),
    path("preview/", icp.live_preview, name="preview"),
    path("edit/", icp.edit, name="edit"),
    path("moves/", icp_moves.moves, name="moves"),
    path("moves.csv", icp_moves.moves_csv, name="moves_csv"),
    path("adopt/", icp.adopt, name="adopt"),
    path("compare/", icp.compare, name="compare"),
    path("proposals/", icp_proposals.ask, name="ask"),
    path("proposals/<int:pk>/", icp_proposals.proposal, name="proposal"),
    path("proposals/<int:pk>/standing/", icp_proposals.standing, name="standing"),
    path("proposals/<int:pk>/dismiss/", icp_proposals.dismiss, name="dismiss"),
    path("proposals/<int:pk>/reopen/", icp_proposals.reopen, name="reopen"),
    path("accounts/<int:pk>/", icp.account_fit, name="account"),
]
