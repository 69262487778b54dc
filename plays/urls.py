"""Pages of the action plane."""

from django.urls import path

from accounts.views import saved_views
from plays import (
    calendar_urls,
    guardrail_urls,
    library_urls,
    measuring_urls,
    outgoing_urls,
    running_urls,
    settings_urls,
)
from plays.views import batch, calls, claims, enrollment, handing, queue_lists, tasks, today

app_name = "plays"
urlpatterns = [
    path("", today.today, name="today"),
    path("today/changes", today.changes, name="today_changes"),
    path("today/details/", today.details, name="details"),
    path("today/gone/", today.gone, name="gone"),
    path("today/snoozed/", queue_lists.snoozed, name="snoozed"),
    path("today/done/", queue_lists.done_today, name="done_today"),
    path("today/tasks.csv", queue_lists.tasks_csv, name="tasks_csv"),
    path("today/views/new/", saved_views.save, {"of": "plays:today"}, name="view_new"),
    path("today/batch/", batch.batch, name="batch"),
    path("today/batch/undo/", batch.undo, name="batch_undo"),
    path("today/calls/", calls.calls, name="calls"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/claim/", claims.claim, name="claim"),
    path("tasks/<int:pk>/release/", claims.release, name="release"),
    path("tasks/<int:pk>/take-over/", claims.take_over, name="take_over"),
    path("tasks/<int:pk>/contact/", tasks.contact, name="task_contact"),
    path("tasks/<int:pk>/undo/", tasks.undo, name="undo"),
    path("tasks/<int:pk>/skip/", tasks.skip, name="skip"),
    path("tasks/<int:pk>/hand-on/", tasks.hand_on, name="hand_on"),
    path("tasks/<int:pk>/take-back/", handing.take_back, name="take_back"),
    path("accounts/<int:pk>/hand-task/", handing.hand_task, name="hand_task"),
    path("enrollments/<int:pk>/", enrollment.enrollment, name="enrollment"),
    path("decisions/<int:pk>/", enrollment.decision, name="decision"),
    path("accounts/<int:pk>/plays/", enrollment.account_panel, name="account_panel"),
    path("accounts/<int:pk>/tasks/", enrollment.account_tasks, name="account_tasks"),
    path("accounts/<int:pk>/peek/plays/", enrollment.peek_panel, name="peek_panel"),
    *guardrail_urls.urlpatterns,
    *outgoing_urls.urlpatterns,
    path("crossings/<int:pk>/decision/", enrollment.crossing_panel, name="crossing_panel"),
    *library_urls.urlpatterns,
    *calendar_urls.urlpatterns,
    *running_urls.urlpatterns,
    *measuring_urls.urlpatterns,
    *settings_urls.urlpatterns,
]
