"""Addresses of the escalation register."""

from django.urls import path

from governance.views import pages

app_name = "governance"
urlpatterns = [
    path("escalations/", pages.register, name="escalations"),
    path("escalations/new/", pages.new, name="new"),
    path("escalations/<int:pk>/", pages.escalation, name="escalation"),
    path("escalations/<int:pk>/resolve/", pages.resolve, name="resolve"),
    path("escalations/<int:pk>/withdraw/", pages.withdraw, name="withdraw"),
    path("escalations/<int:pk>/comment/", pages.comment, name="comment"),
]
