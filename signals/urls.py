"""Addresses of the signal pages and of their parts on the account page."""

from django.urls import path

from signals import catalogue_urls, hook_urls, threshold_urls, unmatched_urls, web_urls
from signals.views import account_parts, crossings, feedback, feedback_list, retunes, review, tiering

app_name = "signals"
urlpatterns = [
    path("signals/", review.signals, name="list"),
    path("signals/in-market.csv", review.in_market_csv, name="csv"),
    path("signals/crossings.csv", review.crossings_csv, name="crossings_csv"),
    path("signals/accounts/<int:pk>/assign/", review.assign, name="assign"),
    path("signals/crossings/", crossings.crossings, name="crossings"),
    path("signals/crossings/all.csv", crossings.crossings_csv, name="all_crossings_csv"),
    path("signals/crossings/<int:pk>/", crossings.crossing, name="crossing"),
    path("signals/crossings/<int:pk>/feedback/", feedback.crossing_feedback, name="crossing_feedback"),
    path("signals/feedback/", feedback_list.feedback, name="feedback"),
    path("signals/feedback/feedback.csv", feedback_list.feedback_csv, name="feedback_csv"),
    path("signals/retunes/", retunes.retunes, name="retunes"),
    path("signals/retunes/retunes.csv", retunes.retunes_csv, name="retunes_csv"),
    path("signals/retunes/propose/", retunes.propose, name="retune_propose"),
    path("signals/retunes/<int:pk>/", retunes.retune, name="retune"),
    path("signals/retunes/<int:pk>/revert/", retunes.revert, name="retune_revert"),
    path("signals/one/<uuid:pk>/feedback/", feedback.signal_feedback, name="signal_feedback"),
    *unmatched_urls.urlpatterns,
    path("signals/accounts/<int:pk>/score/", account_parts.score_panel, name="score_panel"),
    path("signals/accounts/<int:pk>/peek/", account_parts.peek_panel, name="peek_panel"),
    path("signals/accounts/<int:pk>/trend/", account_parts.trend_panel, name="trend_panel"),
    path("list/proposals/", tiering.proposals, name="proposals"),
    path("list/proposals/proposals.csv", tiering.proposals_csv, name="proposals_csv"),
    path("list/proposals/run/", tiering.run, name="proposals_run"),
    path("list/proposals/decide/", tiering.decide, name="proposals_decide"),
    *threshold_urls.urlpatterns,
    *catalogue_urls.urlpatterns,
    *web_urls.urlpatterns,
    *hook_urls.urlpatterns,
]
