"""Pages of the workspace."""

from django.urls import path

from frontend.views import rows, saved_views, sheet, sheets

urlpatterns = [
    path("sheets", sheets.folder, name="sheets"),
    path("sheets/new", sheets.new, name="sheet_new"),
    path("sheets/folder", sheets.make_folder, name="folder_new"),
    path("sheets/<str:key>", sheet.sheet, name="sheet"),
    path("sheets/<str:key>/remove", sheets.remove, name="item_remove"),
    path("sheets/<str:key>/upload", sheet.upload, name="sheet_upload"),
    path("sheets/<str:key>/progress", sheet.progress, name="sheet_progress"),
    path("sheets/<str:key>/export", sheet.export, name="sheet_export"),
    path("sheets/<str:key>/views", saved_views.save, name="saved_view_save"),
    path("sheets/<str:key>/views/<str:view_key>/remove", saved_views.remove, name="saved_view_remove"),
    path("sheets/<str:key>/review", rows.review, name="sheet_review"),
    path("sheets/<str:key>/rows/<str:row_key>", rows.row, name="sheet_row"),
    path("sheets/<str:key>/rows/<str:row_key>/picture", rows.picture, name="sheet_picture"),
    path("sheets/<str:key>/rows/<str:row_key>/retry", sheet.retry, name="sheet_retry"),
    path("sheets/<str:key>/rows/<str:row_key>/remove", rows.remove, name="sheet_row_remove"),
]
