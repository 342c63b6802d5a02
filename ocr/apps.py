from django.apps import AppConfig
from django.db.models.signals import post_migrate


class OcrConfig(AppConfig):
    name = "ocr"

    def ready(self) -> None:
        # Not domain logic: the database's own triggers, which go when a migration makes their table anew.
        from ocr import cell_columns

        post_migrate.connect(cell_columns.keep_up_after_migrate, sender=self, dispatch_uid="spocr.cells")
