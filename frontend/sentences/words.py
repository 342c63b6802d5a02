"""Words that sentences of other packages are completed with."""

from django.utils.translation import gettext_noop as _

WORDS = frozenset(
    {
        # Your role may not …
        _("look at this organization"),
        _("read documents"),
        _("edit sheets"),
        _("manage API keys"),
        _("manage webhooks"),
        _("manage members"),
        _("see the audit log"),
        _("change settings"),
        _("manage plan and billing"),
        _("make or unmake owners"),
        _("export all data"),
        _("delete the organization"),
        # The 100 … included … are used up.
        _("scans"),
        _("requests"),
        _("today"),
        _("this month"),
        # … the …; check these values.
        _("Subtotal and tax do not give"),
        _("The items do not add up to"),
        _("subtotal"),
        _("total"),
        # Roles.
        _("owner"),
        _("admin"),
        _("member"),
        _("viewer"),
        # States of invoices.
        _("draft"),
        _("open"),
        _("paid"),
        _("uncollectible"),
        _("void"),
        # Kinds of items.
        _("folder"),
        _("sheet"),
        _("memo"),
        _("image"),
    }
)
