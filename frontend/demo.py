"""The demo account of a fresh installation, for trying it out."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from accounts import api_keys, organizations
from accounts.errors import Forbidden
from accounts.models import User

EMAIL = "demo@example.com"
PLAN = "pro"


@dataclass(frozen=True)
class Demo:
    """What a newcomer needs."""

    email: str
    password: str
    key: str

    @property
    def curl(self) -> str:
        sample = "frontend/static/samples/invoice.png"
        return f'curl -H "apikey: {self.key}" -F file=@{sample} {settings.SITE_URL}/parse/image'


def known() -> Demo | None:
    """The demo account that an earlier start made in this data folder, while its key still works."""
    try:
        demo = Demo(**json.loads(_file().read_text()))
        api_keys.find(demo.key)
    except (OSError, ValueError, TypeError, Forbidden):
        return None
    return demo


def prepare() -> Demo:
    """Make the demo account, or return the one that is there."""
    return known() or _make()


@transaction.atomic
def _make() -> Demo:
    password = secrets.token_urlsafe(9)
    user = User.objects.filter(email=EMAIL).first() or _new_person()
    user.set_password(password)
    user.save(update_fields=["password"])
    _, key = api_keys.create(organizations.of(user), name="Demo", created_by=user)
    demo = Demo(EMAIL, password, key)
    _file().touch(mode=0o600)
    _file().write_text(json.dumps(asdict(demo)))
    return demo


def _new_person() -> User:
    user = User.objects.create_user(EMAIL)
    EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    organizations.create(user, name="Demo organization", plan=PLAN)
    return user


def _file() -> Path:
    return Path(settings.DATA_DIR) / "demo.json"
