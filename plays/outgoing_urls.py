"""Pages of what goes out: notices, surfaces, deliveries. Part of the addresses of `plays`."""

from django.urls import path

from plays.views import deliveries, notices, surface_acts, surfaces

urlpatterns = [
    path("notices/", notices.notices, name="notices"),
    path("notices/notices.csv", notices.notices_csv, name="notices_csv"),
    path("notices/read/", notices.read_all, name="notices_read"),
    path("notices/unread/", notices.unread_all, name="notices_unread"),
    path("notices/<int:pk>/", notices.open_one, name="notice"),
    path("notices/<int:pk>/read/", notices.read_one, name="notice_read"),
    path("notices/<int:pk>/unread/", notices.unread_one, name="notice_unread"),
    path("settings/notices/", notices.wishes, name="notice_wishes"),
    path("settings/notices/none/", notices.leave_me, name="notices_none"),
    path("settings/surfaces/", surfaces.surfaces, name="surfaces"),
    path("settings/surfaces/surfaces.csv", surfaces.surfaces_csv, name="surfaces_csv"),
    path("settings/surfaces/add/<slug:surface>/", surfaces.add, name="surface_add"),
    path("settings/surfaces/<int:pk>/", surfaces.surface, name="surface"),
    path("settings/surfaces/<int:pk>/test/", surface_acts.test, name="surface_test"),
    path("settings/surfaces/<int:pk>/secret/", surface_acts.secret, name="surface_secret"),
    path("settings/surfaces/<int:pk>/switch/", surface_acts.switch, name="surface_switch"),
    path("settings/deliveries/", deliveries.deliveries, name="deliveries"),
    path("settings/deliveries/deliveries.csv", deliveries.deliveries_csv, name="deliveries_csv"),
    path("settings/deliveries/replay/", deliveries.replay, name="deliveries_replay"),
    path("settings/deliveries/dismiss/", deliveries.dismiss, name="deliveries_dismiss"),
    path("settings/deliveries/bring-back/", deliveries.bring_back, name="deliveries_bring_back"),
    path("settings/deliveries/<uuid:pk>/", deliveries.delivery, name="delivery"),
    path("settings/deliveries/<uuid:pk>/cancel/", deliveries.cancel, name="delivery_cancel"),
]
