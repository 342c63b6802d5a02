"""The routes of the staff pages. Importing this loads django-unfold: see `route`."""

from frontend.staff import keys, organizations, payments, people, work  # noqa: F401 - each puts its tables on the site
from frontend.staff.site import site

urlpatterns = site.get_urls()
