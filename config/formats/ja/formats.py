"""Japanese: a space before the time, so that a narrow column can break there."""

DATETIME_FORMAT = "Y年n月j日 G:i"
