"""Addresses of what people do with what runs: pausing, handing over, taking a stop back."""

from django.urls import path

from plays.views import resting, running

urlpatterns = [
    path("pauses/", resting.pauses, name="pauses"),
    path("pauses/pauses.csv", resting.pauses_csv, name="pauses_csv"),
    path("pauses/<int:pk>/resume/", resting.resume, name="resume"),
    path("pauses/<str:scope>/<int:subject>/", resting.pause, name="pause"),
    path("enrollments/<int:pk>/hand-over/", running.hand_over, name="hand_over"),
    path("enrollments/<int:pk>/restore/", running.restore, name="restore"),
]
