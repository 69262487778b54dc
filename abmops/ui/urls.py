"""Sign-in, password, theme, tour: the pages that belong to no app."""

from django.contrib.auth import views as auth
from django.urls import path, reverse_lazy

from abmops.ui import views

app_name = "ui"
urlpatterns = [
    path("login/", auth.LoginView.as_view(), name="login"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "password/",
        auth.PasswordChangeView.as_view(success_url=reverse_lazy("ui:password_changed")),
        name="password_change",
    ),
    path("password/changed/", auth.PasswordChangeDoneView.as_view(), name="password_changed"),
    path("theme/", views.set_theme, name="theme"),
    path("tour/", views.tour, name="tour"),
]
