"""Pages that try a play before it is live, ask about one, and measure those that run; part of the action plane's."""

from django.urls import path

from plays.views import asking, dry_run, instrumentation

urlpatterns = [
    path("plays/<int:pk>/dry-run/", dry_run.dry_run, name="dry_run"),
    path("plays/<int:pk>/dry-run/rows.csv", dry_run.dry_run_csv, name="dry_run_csv"),
    path("accounts/<int:pk>/ask-play/", asking.ask, name="ask_play"),
    path("plays/instrumentation/", instrumentation.instrumentation, name="instrumentation"),
    path(
        "plays/instrumentation/instrumentation.csv",
        instrumentation.instrumentation_csv,
        name="instrumentation_csv",
    ),
    path("plays/<int:pk>/measured/", instrumentation.measured, name="measured"),
    path("plays/<int:pk>/measured/rows.csv", instrumentation.measured_csv, name="measured_csv"),
    path("plays/<int:pk>/verdict/", instrumentation.review, name="play_verdict"),
]
