"""Addresses of the catalogue's pages."""

from django.urls import path

from signals.views import catalogue, catalogue_edit, tester

urlpatterns = [
    path("catalogue/", catalogue.catalogue, name="catalogue"),
    path("catalogue/catalogue.csv", catalogue.catalogue_csv, name="catalogue_csv"),
    path("catalogue/alerts/", catalogue.alerts, name="source_alerts"),
    path("catalogue/tester/", tester.tester, name="tester"),
    path("catalogue/new-type/", catalogue_edit.type_edit, name="type_new"),
    path("catalogue/types/<slug:slug>/", catalogue.signal_type, name="type"),
    path("catalogue/types/<slug:slug>/edit/", catalogue_edit.type_edit, name="type_edit"),
    path("catalogue/new-source/", catalogue_edit.source_edit, name="source_new"),
    path("catalogue/sources/<slug:slug>/", catalogue.source, name="source"),
    path("catalogue/sources/<slug:slug>/edit/", catalogue_edit.source_edit, name="source_edit"),
    path("catalogue/sources/<slug:slug>/key/", catalogue_edit.source_key, name="source_key"),
    path("catalogue/topics/add/", catalogue_edit.topic_add, name="topic_add"),
    path("catalogue/topics/<int:pk>/", catalogue_edit.topic_set, name="topic_set"),
]
