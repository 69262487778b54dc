"""Addresses of the thresholds' pages."""

from django.urls import path

from signals.views import backtest, backtest_rows, near, threshold_editor, thresholds

urlpatterns = [
    path("thresholds/", thresholds.thresholds, name="thresholds"),
    path("thresholds/thresholds.csv", thresholds.thresholds_csv, name="thresholds_csv"),
    path("thresholds/new/", threshold_editor.new, name="threshold_new"),
    path("thresholds/new/backtest/", backtest.backtest_new, name="backtest_new"),
    path("thresholds/<slug:slug>/", thresholds.threshold, name="threshold"),
    path("thresholds/<slug:slug>/edit/", threshold_editor.edit, name="threshold_edit"),
    path("thresholds/<slug:slug>/backtest/", backtest.backtest, name="backtest"),
    path("backtests/<str:key>/", backtest.backtest_told, name="backtest_told"),
    path("backtests/<str:key>/weeks/", backtest.backtest_weeks, name="backtest_weeks"),
    path("backtests/<str:key>/rows/", backtest_rows.backtest_rows, name="backtest_rows"),
    path("backtests/<str:key>/rows.csv", backtest_rows.backtest_csv, name="backtest_csv"),
    path("thresholds/<slug:slug>/versions/", thresholds.compare, name="threshold_compare"),
    path("thresholds/<slug:slug>/near/", near.near_misses, name="near"),
    path("thresholds/<slug:slug>/near/few/", near.near_panel, name="near_panel"),
    path("thresholds/<slug:slug>/near/near.csv", near.near_csv, name="near_csv"),
]
