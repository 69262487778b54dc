"""Pages of Settings, People & routing, and of late tasks; part of the action plane's addresses."""

from django.urls import path

from plays.views import late, leaving, routing, routing_try, staff, territories

urlpatterns = [
    path("sla/", late.late, name="late"),
    path("sla/tasks.csv", late.late_csv, name="late_csv"),
    path("settings/people/", staff.people, name="people"),
    path("settings/people/people.csv", staff.people_csv, name="people_csv"),
    path("settings/people/<int:pk>/", staff.person, name="person"),
    path("settings/people/<int:pk>/week/", staff.week, name="person_week"),
    path("settings/people/<int:pk>/seat/", staff.seat, name="person_seat"),
    path("settings/people/<int:pk>/away/", staff.absence, name="absence_new"),
    path("settings/people/<int:pk>/away/<int:absence_pk>/", staff.absence, name="absence"),
    path(
        "settings/people/<int:pk>/away/<int:absence_pk>/remove/", staff.absence_remove, name="absence_remove"
    ),
    path("settings/people/<int:pk>/leaving/", leaving.leaving, name="leaving"),
    path("settings/people/departures/<int:pk>/undo/", leaving.departure_undo, name="departure_undo"),
    path("settings/territories/", territories.territories, name="territories"),
    path("settings/territories/territories.csv", territories.territories_csv, name="territories_csv"),
    path("settings/territories/new/", territories.territory, name="territory_new"),
    path("settings/territories/<int:pk>/", territories.territory, name="territory"),
    path("settings/holidays/", territories.holidays, name="holidays"),
    path("settings/holidays/holidays.csv", territories.holidays_csv, name="holidays_csv"),
    path("settings/holidays/paste/", territories.holidays_paste, name="holidays_paste"),
    path("settings/holidays/<int:pk>/remove/", territories.holiday_remove, name="holiday_remove"),
    path("settings/routing/", routing.rules, name="routing"),
    path("settings/routing/rules.csv", routing.rules_csv, name="rules_csv"),
    path("settings/routing/new/", routing.rule, name="rule_new"),
    path("settings/routing/try/", routing_try.routing_try, name="routing_try"),
    path("settings/routing/<int:pk>/", routing.rule, name="rule"),
    path("settings/routing/<int:pk>/move/", routing.rule_move, name="rule_move"),
    path("settings/routing/<int:pk>/remove/", routing.rule_remove, name="rule_remove"),
]
