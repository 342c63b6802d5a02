"""Korean: hours from 0 to 23, as in the other languages."""

DATETIME_FORMAT = "Y년 n월 j일 H:i"
