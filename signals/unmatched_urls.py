"""Addresses of an account's signals, of what waits for one, of what could not be used, and of removals."""

from django.urls import path

from signals.views import account_signals, ignored, rejected, removals, unmatched, unmatched_answers

urlpatterns = [
    path("signals/unmatched/", unmatched.unmatched, name="unmatched"),
    path("signals/unmatched/unmatched.csv", unmatched.unmatched_csv, name="unmatched_csv"),
    path("signals/unmatched/group/", unmatched.group, name="unmatched_group"),
    path("signals/unmatched/answer/", unmatched_answers.answer, name="unmatched_answer"),
    path("signals/unmatched/give/", unmatched_answers.give, name="unmatched_give"),
    path("signals/unmatched/ignore/", unmatched_answers.ignore, name="unmatched_ignore"),
    path("signals/unmatched/restore/", unmatched_answers.restore, name="unmatched_restore"),
    path("signals/unmatched/<uuid:pk>/undo/", unmatched_answers.undo, name="unmatched_undo"),
    path("signals/unmatched/ignored/", ignored.ignored, name="unmatched_ignored"),
    path("signals/unmatched/ignored/ignored.csv", ignored.ignored_csv, name="unmatched_ignored_csv"),
    path("signals/unmatched/rejected/", rejected.rejected, name="rejected"),
    path("signals/unmatched/rejected/rejected.csv", rejected.rejected_csv, name="rejected_csv"),
    path("signals/unmatched/rejected/again/", rejected.rejected_again, name="rejected_again"),
    path("signals/unmatched/rejected/<int:pk>/", rejected.rejected_one, name="rejected_one"),
    path("signals/unmatched/held/", rejected.held, name="held"),
    path("signals/accounts/<int:pk>/", account_signals.of_account, name="of_account"),
    path("signals/accounts/<int:pk>/signals.csv", account_signals.of_account_csv, name="of_account_csv"),
    path("signals/removals/", removals.removals, name="removals"),
    path("signals/removals/removals.csv", removals.removals_csv, name="removals_csv"),
    path("signals/removals/new/", removals.removal_new, name="removal_new"),
    path("signals/removals/<uuid:pk>/", removals.removal, name="removal"),
]
