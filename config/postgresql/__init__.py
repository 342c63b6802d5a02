"""Django's own backend for PostgreSQL, with an end to waiting."""
