"""Pages of the play library: the list, the editor, the way of a version, moving what runs."""

from django.urls import path

from plays.views import editor, library, review

urlpatterns = [
    path("plays/", library.library, name="library"),
    path("plays/plays.csv", library.library_csv, name="library_csv"),
    path("plays/new/", editor.new, name="play_new"),
    path("plays/<int:pk>/", library.play, name="play"),
    path("plays/<int:pk>/edit/", editor.edit, name="play_edit"),
    path("plays/<int:pk>/review/", review.review, name="play_review"),
    path("plays/<int:pk>/versions/", review.compare, name="play_compare"),
    path("plays/<int:pk>/migrate/", review.migrate, name="migrate"),
    path("plays/<int:pk>/status/", library.set_status, name="play_status"),
]
