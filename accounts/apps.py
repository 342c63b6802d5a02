from django.apps import AppConfig
from django.db import connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Not domain logic: the database's own walls, which only stand when its tables do.
        from accounts import patience, tenancy, walls

        post_migrate.connect(walls.raise_after_migrate, sender=self, dispatch_uid="spocr.walls")
        connection_created.connect(tenancy.attach, dispatch_uid="spocr.tenancy")
        connection_created.connect(patience.attach, dispatch_uid="spocr.patience")
        for connection in connections.all(initialized_only=True):
            tenancy.attach(connection=connection)
