"""Addresses of the account pages."""

from django.urls import path

from accounts.views import (
    account_bulk,
    account_export,
    account_forms,
    account_list,
    account_page,
    committees,
    contacts,
    erasure,
    saved_views,
)

app_name = "accounts"
urlpatterns = [
    path("", account_list.account_list, name="list"),
    path("accounts.csv", account_export.account_csv, name="csv"),
    path("accounts.xlsx", account_export.account_xlsx, name="xlsx"),
    path("columns/", account_list.choose_columns, name="columns"),
    path("views/new/", saved_views.save, name="view_new"),
    path("views/<int:pk>/", saved_views.edit, name="view"),
    path("views/<int:pk>/keep/", saved_views.keep, name="view_keep"),
    path("views/<int:pk>/remove/", saved_views.remove, name="view_remove"),
    path("views/<int:pk>/restore/", saved_views.restore, name="view_restore"),
    path("bulk/", account_bulk.bulk, name="bulk"),
    path("<int:pk>/", account_page.account, name="account"),
    path("<int:pk>/peek/", account_page.peek, name="peek"),
    path("<int:pk>/timeline/", account_page.timeline, name="timeline"),
    path("<int:pk>/touch/", account_forms.log_touch, name="touch"),
    path("<int:pk>/people/new/", account_forms.add_contact, name="contact_new"),
    path("<int:pk>/committee/", committees.committee, name="committee"),
    path("people/<int:pk>/", contacts.edit, name="contact"),
    path("people/<int:pk>/no/", contacts.say_no, name="contact_no"),
    path("people/<int:pk>/erase/", erasure.erase, name="contact_erase"),
    path("<int:pk>/tier/", account_forms.change_tier, name="tier"),
    path("<int:pk>/tier/<int:change>/undo/", account_forms.undo_tier, name="tier_undo"),
]
