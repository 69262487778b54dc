"""Pages of the calendar and of bursts; part of the action plane's addresses."""

from django.urls import path

from plays.views import bursts, calendar, calendar_moving, feed

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/calendar.csv", calendar.calendar_csv, name="calendar_csv"),
    path("calendar/move/", calendar_moving.move, name="calendar_move"),
    path("calendar/move/undo/", calendar_moving.unmove, name="calendar_unmove"),
    path("calendar/feed/", feed.feed_settings, name="feed_settings"),
    path("calendar/feed/new/", feed.feed_new, name="feed_new"),
    path("calendar/feed/end/", feed.feed_end, name="feed_end"),
    path("calendar/feed/<str:token>.ics", feed.feed, name="feed"),
    path("bursts/new/", bursts.new, name="burst_new"),
    path("bursts/<int:pk>/", bursts.burst, name="burst"),
    path("bursts/<int:pk>/accounts.csv", bursts.accounts_csv, name="burst_csv"),
    path("bursts/<int:pk>/edit/", bursts.edit, name="burst_edit"),
    path("bursts/<int:pk>/cancel/", bursts.cancel, name="burst_cancel"),
    path("bursts/<int:pk>/restore/", bursts.restore, name="burst_restore"),
]
