"""django-unfold as an application, without loading it: that takes as long as all other pages together."""

from django.apps import AppConfig


class UnfoldConfig(AppConfig):
    """Templates and styles alone; `frontend.staff.route` loads the rest with the first request to it."""

    name = "unfold"
