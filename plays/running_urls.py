"""Addresses of what people do with what runs: pausing, stopping, handing over, taking a stop or a meeting back."""

from django.urls import path

from plays.views import meetings, resting, running

urlpatterns = [
    path("pauses/", resting.pauses, name="pauses"),
    path("pauses/pauses.csv", resting.pauses_csv, name="pauses_csv"),
    path("pauses/<int:pk>/resume/", resting.resume, name="resume"),
    path("pauses/<str:scope>/<int:subject>/", resting.pause, name="pause"),
    path("meetings/<int:pk>/", meetings.meeting, name="meeting"),
    path("meetings/<int:pk>/not-booked/", meetings.not_booked, name="meeting_not_booked"),
    path("meetings/<int:pk>/call-off/", meetings.call_off, name="meeting_call_off"),
    path("meetings/<int:pk>/move/", meetings.move, name="meeting_move"),
    path("touches/<int:pk>/meeting/", meetings.meeting_of_touch, name="meeting_of_touch"),
    path("enrollments/<int:pk>/cancel/", running.cancel, name="enrollment_cancel"),
    path("enrollments/<int:pk>/hand-over/", running.hand_over, name="hand_over"),
    path("enrollments/<int:pk>/restore/", running.restore, name="restore"),
]
