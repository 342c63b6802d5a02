"""The workspace of an organization: a tree of folders, sheets and memos; rows with values; files."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import ALPHANUMERIC, ApiKey, Organization, User


def item_key() -> str:
    return "itm_" + get_random_string(16, ALPHANUMERIC)


def row_key() -> str:
    return "row_" + get_random_string(16, ALPHANUMERIC)


def file_key() -> str:
    return "img_" + get_random_string(24, ALPHANUMERIC)


def view_key() -> str:
    return "viw_" + get_random_string(16, ALPHANUMERIC)


class Item(models.Model):
    """A folder, sheet or memo of an organization. The root is no row. Dies with its parent or on request."""

    class Kind(models.TextChoices):
        FOLDER = "folder"
        SHEET = "sheet"
        MEMO = "memo"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="items")
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, related_name="children", help_text="Null at the root."
    )
    unique_key = models.CharField(max_length=24, unique=True, default=item_key, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices)
    name = models.CharField(max_length=200)
    columns = models.JSONField(default=list, help_text="Of a sheet: field definitions as on the wire.")
    template_id = models.CharField(max_length=80, blank=True, help_text="Of a sheet made from a template.")
    prompt = models.TextField(blank=True, help_text="Of a sheet: a hint for a language-model extractor.")
    text = models.TextField(blank=True, help_text="Of a memo.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=models.Q(parent__isnull=True), name="item_name_at_root_once"
            ),
            models.UniqueConstraint(
                fields=["parent", "name"], condition=models.Q(parent__isnull=False), name="item_name_in_folder_once"
            ),
            models.CheckConstraint(condition=models.Q(kind__in=["folder", "sheet", "memo"]), name="item_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class StoredFile(models.Model):
    """An uploaded image or PDF, kept once for each organization and content.

    Owned by the organization. Dies with the last row that shows it, or by the organization's retention.
    """

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="files")
    public_id = models.CharField(max_length=32, unique=True, default=file_key, editable=False)
    sha256 = models.CharField(max_length=64, help_text="Of the bytes, in hex.")
    size_bytes = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=40)
    storage_name = models.CharField(max_length=200, unique=True, help_text="In the default storage.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organization", "sha256"], name="file_content_once"),
        ]

    def __str__(self) -> str:
        return self.public_id


class Row(models.Model):
    """One image or page in a sheet and the values read from it. Owned by the organization; dies with its sheet."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PROCESSING = "processing"
        DONE = "done"
        FAILED = "failed"

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="rows")
    sheet = models.ForeignKey(Item, models.CASCADE, related_name="rows")
    row_key = models.CharField(max_length=24, unique=True, default=row_key, editable=False)
    name = models.CharField(max_length=300, help_text="The file's name as uploaded, and the page of a PDF.")
    file = models.ForeignKey(StoredFile, models.SET_NULL, null=True, related_name="rows")
    page = models.PositiveIntegerField(default=1, help_text="1-based page of the file.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    # Before the large ones: SQLite reads a row from its front, and these are what exports write.
    # Queries look at the same as columns, see `Cells`.
    keys = models.JSONField(default=list, help_text="Of name and values by `ocr/cells.py`: what compares and sorts.")
    texts = models.JSONField(default=list, help_text="As printed, where the key does not hold the text.")
    folds = models.JSONField(default=list, help_text="In one letter case, where that differs.")
    lines = models.JSONField(default=dict, help_text="Such lists of each line item, by the column's number.")
    values = models.JSONField(
        default=dict, help_text="By column, each value as `/ocr/fields` prints it, corrections applied."
    )
    image = models.JSONField(null=True, help_text="width, height, rotation, language of what was read.")
    warnings = models.JSONField(default=list)
    is_duplicate = models.BooleanField(default=False, help_text="The same page stands in this sheet already.")
    unsure_values = models.PositiveIntegerField(default=0, help_text="Values that somebody should look at.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "processing", "done", "failed"]), name="row_status_known"
            ),
        ]
        indexes: ClassVar = [
            # The sheet in its order: the view, the export, a row by its index.
            models.Index(fields=["sheet", "id"], name="row_of_sheet"),
            # The review: the first rows with something to look at.
            models.Index(fields=["sheet", "id"], condition=models.Q(unsure_values__gt=0), name="row_to_review"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"


class Cells(models.Model):
    """Cells of a row, or of one of its line items, as columns `k0`, `t0`, `f0` and so on.

    Written by the database itself, see `ocr/cell_columns.py`; dies with its row.
    """

    pk = models.CompositePrimaryKey("sheet", "place", "row", "line", "part")
    organization = models.ForeignKey(Organization, models.DO_NOTHING, related_name="+")
    sheet = models.ForeignKey(Item, models.DO_NOTHING, related_name="+")
    row = models.ForeignKey(Row, models.DO_NOTHING, related_name="+")
    place = models.BigIntegerField(help_text="0: the row itself; else the number of an array column.")
    line = models.BigIntegerField(default=0, help_text="Of a line item, counted from 0.")
    part = models.BigIntegerField(default=0, help_text="Rows with more cells than a line holds have several.")

    class Meta:
        managed = False
        db_table = "ocr_cells"

    def __str__(self) -> str:
        return f"cells of {self.row_id}"


class Correction(models.Model):
    """A value that somebody changed: what was read, what stands now, who and when. Dies with its row."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="corrections")
    row = models.ForeignKey(Row, models.CASCADE, related_name="corrections")
    column = models.CharField(max_length=250, help_text="A column, or `items[2].amount`.")
    before = models.JSONField(null=True, help_text="The whole value with its box; null: there was none.")
    after = models.JSONField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    key = models.ForeignKey(ApiKey, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes: ClassVar = [
            # The history of a row, oldest first.
            models.Index(fields=["row", "id"], name="correction_of_row")
        ]

    def __str__(self) -> str:
        return f"{self.column} of {self.row_id}"


class SavedView(models.Model):
    """A choice of a sheet's rows, order and columns under a name. Shared by the organization; dies with its sheet."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="saved_views")
    sheet = models.ForeignKey(Item, models.CASCADE, related_name="saved_views")
    key = models.CharField(max_length=24, unique=True, default=view_key, editable=False)
    name = models.CharField(max_length=80)
    where = models.JSONField(default=list, help_text="Conditions, as in `GET /view`.")
    sort = models.JSONField(default=list, help_text="As in `GET /view`.")
    select = models.JSONField(default=list, help_text="Names of columns; none: all.")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["sheet", "name"], name="saved_view_name_once")]

    def __str__(self) -> str:
        return self.name
