"""Pages of the action plane."""

from django.urls import path

from plays import settings_urls
from plays.views import editor, enrollment, handing, library, tasks, today

app_name = "plays"
urlpatterns = [
    path("", today.today, name="today"),
    path("today/changes", today.changes, name="today_changes"),
    path("today/notices/", today.read_notices, name="read_notices"),
    path("tasks/<int:pk>/", tasks.act, name="task"),
    path("tasks/<int:pk>/undo/", tasks.undo, name="undo"),
    path("tasks/<int:pk>/skip/", tasks.skip, name="skip"),
    path("tasks/<int:pk>/hand-on/", tasks.hand_on, name="hand_on"),
    path("tasks/<int:pk>/take-back/", handing.take_back, name="take_back"),
    path("accounts/<int:pk>/hand-task/", handing.hand_task, name="hand_task"),
    path("plays/", library.library, name="library"),
    path("plays/new/", editor.new, name="play_new"),
    path("plays/<int:pk>/", library.play, name="play"),
    path("plays/<int:pk>/edit/", editor.edit, name="play_edit"),
    path("plays/<int:pk>/status/", library.set_status, name="play_status"),
    path("plays/<int:pk>/start/", library.start, name="start"),
    path("enrollments/<int:pk>/", enrollment.enrollment, name="enrollment"),
    path("enrollments/<int:pk>/cancel/", enrollment.cancel, name="enrollment_cancel"),
    path("decisions/<int:pk>/", enrollment.decision, name="decision"),
    path("accounts/<int:pk>/plays/", enrollment.account_panel, name="account_panel"),
    path("accounts/<int:pk>/tasks/", enrollment.account_tasks, name="account_tasks"),
    path("accounts/<int:pk>/peek/plays/", enrollment.peek_panel, name="peek_panel"),
    path("crossings/<int:pk>/decision/", enrollment.crossing_panel, name="crossing_panel"),
    *settings_urls.urlpatterns,
]
