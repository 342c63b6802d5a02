"""Every setting, read once from the environment, in order of subject.

An empty environment works: SQLite and files under `SPOCR_DATA_DIR` (default `var/`), mail
printed to the console, no payments. `docs/settings.md` lists each variable.
"""

from pathlib import Path

from csp.constants import NONE, SELF

from config import env, logs, sign_in
from ocr import storage

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("SPOCR_DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

# -- The site ---------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.kept_secret("SECRET_KEY", DATA_DIR / "secret_key")
# Former keys, while links, sessions and sealed secrets made under them are still to be understood.
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
SITE_NAME = env.text("SPOCR_SITE_NAME", "spocr")
PORT = env.integer("PORT", 8000, minimum=1)
SITE_URL = env.text("SPOCR_SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
# Told to end, the portal goes on for so long, saying on /healthz that it leaves, until load balancers look elsewhere.
DRAIN_SECONDS = env.integer("SPOCR_DRAIN_SECONDS", 0)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
VERSION = "0.1.0"
# Pages of the operator's own elsewhere, instead of /terms and /privacy.
TERMS_URL = env.text("SPOCR_TERMS_URL")
PRIVACY_URL = env.text("SPOCR_PRIVACY_URL")

SOCIALACCOUNT_PROVIDERS = sign_in.providers()
SIGN_IN_MISSING, SIGN_IN_SERVERS = sign_in.missing(), sign_in.servers()
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's pages of sessions need it
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",  # Swagger UI from our own files
    "frontend",  # before allauth: its elements restyle allauth's pages
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    *(sign_in.APPS[name] for name in SOCIALACCOUNT_PROVIDERS),
    "csp",
    "frontend.staff.app.UnfoldConfig",  # before Django's admin, whose templates it replaces
    "django.contrib.admin.apps.SimpleAdminConfig",
    "accounts",
    "billing",
    "ocr",
    "config.apps.ConfigConfig",  # the system checks
]
MIDDLEWARE = [
    "ocr.api.requests.RequestIdMiddleware",
    "frontend.middleware.NodeAddressMiddleware",
    "ocr.api.recording.RecordingMiddleware",
    "accounts.tenancy.TenancyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "frontend.content_policy.ContentPolicyMiddleware",
    "frontend.languages.LanguageMiddleware",
    "frontend.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.sessions.SessionLimitMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # Both API contracts: no redirects; each path is routed with and without a slash.
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": env.words("SPOCR_TEMPLATES_DIR"),  # the operator's own go before ours
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "frontend.context.site",
            ]
        },
    }
]
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ja", "日本語"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

# -- Database and cache -----------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'spocr.sqlite3'}")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False  # No transaction may be open while an engine reads.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        # With Django's deferred transactions, a read followed by a write fails at once
        # ("database is locked") when another process wrote in between.
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "  # what was answered survives a power cut
        "PRAGMA cache_size=-16000; PRAGMA journal_size_limit=27103364; "
        # The worker does this each second; whoever comes upon so long a log (40 MB) does it all the same.
        "PRAGMA wal_autocheckpoint=10000;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Ours of libpq's; the address may name others. Of a network that is cut nobody tells: TCP would wait for hours.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "prepare_threshold": 3,  # of the same statement; see `accounts/prepared.py`
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        **DATABASES["default"].get("OPTIONS", {}),
    }
LOCK_SECONDS = 5  # every transaction is shorter by far: whoever waits for so long would wait for ever
# PostgreSQL's answer to one statement of a page, a request or a job; of what the clock starts (`accounts/patience.py`).
STATEMENT_SECONDS, LONG_STATEMENT_SECONDS = 30, 900
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHE_URL = env.text("CACHE_URL")
# Shared by all processes, because allauth counts failed sign-ins in it.
CACHES = {
    "default": (
        {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},  # one that is silent holds nobody up
        }
        if CACHE_URL
        else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
    )
}

# -- Accounts ---------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True  # one address a person; the new one counts once it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True  # of every change of password, address and second factor
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False  # no tick for it: a session ends with the browser, or by the limits below
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1  # codes of the half minute before and after: for slow fingers and clocks (RFC 6238, 5.2)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SITE_URL.startswith("https://")
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_LOGOUT_REDIRECT_URL = "front"

EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <no-reply@localhost>")

# -- Pages of staff ---------------------------------------------------------------------

ADMIN_PATH = env.folder("SPOCR_ADMIN_PATH", "staff/")
UNFOLD = {
    "SITE_TITLE": f"{SITE_NAME}: staff",
    "SITE_HEADER": f"{SITE_NAME}: staff",
    "SITE_SYMBOL": "document_scanner",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "frontend.staff.navigation.groups"},
    "ACCOUNT": {"navigation": "frontend.staff.navigation.account_links"},
}

# -- Plans and limits -------------------------------------------------------------------

PLANS_FILE = Path(env.text("SPOCR_PLANS_FILE", str(BASE_DIR / "billing" / "plans.toml")))
VISITOR_SCANS_A_DAY = env.integer("SPOCR_VISITOR_SCANS_A_DAY", 50)
# hosted: plans, customers and bills. self_hosted: one company, no limits, no billing pages.
EDITION = env.choice("SPOCR_EDITION", ("hosted", "self_hosted"))
# Of the first checkout, where the customer has not chosen one.
BILLING_CURRENCY = env.choice("SPOCR_BILLING_CURRENCY", ("usd", "jpy", "krw"))
# Without a key nobody can pay: staff assign plans.
STRIPE_SECRET_KEY = env.text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
STRIPE_METER_WEBHOOK_SECRET = env.text("STRIPE_METER_WEBHOOK_SECRET")
# The local Stripe of tests and development, only with a key that begins with sk_test_ (spocr.E010).
STRIPE_ADDRESS = env.text("SPOCR_STRIPE_ADDRESS")
STRIPE_PAGES = [STRIPE_ADDRESS or "https://*.stripe.com"] if STRIPE_SECRET_KEY else []
# Whether the key "helloworld" works for everybody: a free plan, 10 requests in 10 minutes for one address.
PARSE_DEMO_KEY = env.flag("SPOCR_PARSE_DEMO_KEY", default=False)
# Whether requests to the APIs are written down for their organization: ids, times, outcome; never a body.
REQUEST_LOG = env.flag("SPOCR_REQUEST_LOG", default=True)
# Reverse proxies whose X-Forwarded-For is believed; empty: the connection's own address counts.
TRUSTED_PROXIES = env.networks("SPOCR_TRUSTED_PROXIES")

# -- Reading ----------------------------------------------------------------------------

ENGINE_PROCESSES = env.integer("SPOCR_ENGINE_PROCESSES", 0)  # 0: one for each core
ENGINE_QUEUE = env.integer("SPOCR_ENGINE_QUEUE", 64, minimum=1)
ENGINE_MEMORY_MB = env.integer("SPOCR_ENGINE_MEMORY_MB", 1536, minimum=512)
PAGE_TIMEOUT_SECONDS = env.integer("SPOCR_PAGE_TIMEOUT_SECONDS", 60, minimum=1)
QUEUE_TIMEOUT_SECONDS = env.integer("SPOCR_QUEUE_TIMEOUT_SECONDS", 60, minimum=1)
TESSERACT_ADAPTER = env.choice("SPOCR_TESSERACT_ADAPTER", ("auto", "tesserocr", "pytesseract"))
TESSDATA_DIR = env.text("TESSDATA_PREFIX")
# Where the engine host listens. Unset: one host for this data folder, started when first needed.
ENGINE_SOCKET = env.text("SPOCR_ENGINE_SOCKET")
FETCH_ALLOWED_NETWORKS = env.networks("SPOCR_FETCH_ALLOWED_NETWORKS")
FETCH_TIMEOUT_SECONDS = env.integer("SPOCR_FETCH_TIMEOUT_SECONDS", 30, minimum=1)

# -- Fields by a language model ---------------------------------------------------------

# Any server that speaks OpenAI's chat protocol; without both of the first two the rules find the fields.
LLM_BASE_URL = env.text("SPOCR_LLM_BASE_URL").rstrip("/")
LLM_MODEL = env.text("SPOCR_LLM_MODEL")
LLM_API_KEY = env.text("SPOCR_LLM_API_KEY")
LLM_TIMEOUT_SECONDS = env.integer("SPOCR_LLM_TIMEOUT_SECONDS", 60, minimum=1)
LLM_WITH_PICTURE = env.flag("SPOCR_LLM_WITH_PICTURE", default=False)

# -- Background work --------------------------------------------------------------------

WORKER_THREADS = env.integer("SPOCR_WORKER_THREADS", 0)  # 0: one more than cores, so that a page always waits
# A job whose worker died goes to another one when its lease ends.
JOB_LEASE_SECONDS = env.integer("SPOCR_JOB_LEASE_SECONDS", 30, minimum=1)
JOB_DEADLINE_SECONDS = env.integer("SPOCR_JOB_DEADLINE_SECONDS", 6 * 3600, minimum=1)
WEBHOOK_TIMEOUT_SECONDS = env.integer("SPOCR_WEBHOOK_TIMEOUT_SECONDS", 15, minimum=1)
# Tests and closed networks: http:// addresses, and private networks that may be sent to.
WEBHOOK_ALLOW_HTTP = env.flag("SPOCR_WEBHOOK_ALLOW_HTTP", default=False)
WEBHOOK_ALLOWED_NETWORKS = env.networks("SPOCR_WEBHOOK_ALLOWED_NETWORKS")

# What happens by the clock (`ocr/schedules.py`), by the worker or by Celery beat.
SCHEDULE_SECONDS = {
    "release_stale_usage": 300.0,
    "forget_old_windows": 3600.0,
    "forget_expired_sessions": 86_400.0,
    "process_stripe_events": 5.0,
    "mail_usage_notices": 60.0,
    "send_billed_scans": 120.0,
    "end_unpaid_plans": 3600.0,
    "end_closed_subscriptions": 600.0,
    "refresh_subscriptions": 86_400.0,
    "reconcile_meter": 86_400.0,
    "forget_stripe_events": 86_400.0,
    "forget_addresses": 86_400.0,
    "delete_due_organizations": 3600.0,
    "sweep_retention": 3600.0,
    "sweep_orphan_files": 86_400.0,
    "forget_expired_pdfs": 60.0,
    "release_orphan_jobs": 300.0,
    "forget_old_events": 3600.0,
    "forget_old_payloads": 3600.0,
    "announce_thresholds": 60.0,
    "forget_old_answers": 3600.0,
    "forget_old_requests": 3600.0,
    "probe": 60.0,
    "sum_up_probes": 3600.0,
}
# The page that is read each minute for the status page.
PROBE_FILE = BASE_DIR / "frontend" / "static" / "samples" / "receipt.png"
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "ocr"
# What the clock starts never stands behind ten thousand pages.
CELERY_TASK_ROUTES = {name: {"queue": "billing"} for name in ("ocr.tasks.run_schedule", "ocr.tasks.sweep")}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A dead broker must never hold up a request.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 2, "visibility_timeout": 600}
CELERY_BEAT_SCHEDULE = {
    name: {"task": "ocr.tasks.run_schedule", "schedule": seconds, "args": [name]}
    for name, seconds in SCHEDULE_SECONDS.items()
}
# Not claimed: any number of sweeps at once does no harm.
CELERY_BEAT_SCHEDULE["sweep"] = {"task": "ocr.tasks.sweep", "schedule": 5.0, "options": {"expires": 5}}

# -- Files and uploads ------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("SPOCR_STATIC_DIR", str(DATA_DIR / "static")))
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns of a folder that is missing
STORAGES = {
    "default": storage.from_url(env.text("SPOCR_STORAGE_URL")),
    "staticfiles": {"BACKEND": "config.static_files.PackedStorage"},
}
MEDIA_ROOT = DATA_DIR / "files"
# The plan's file size decides (the doors check it), not the framework:
# the largest plan's file as base64, percent-encoded.
DATA_UPLOAD_MAX_MEMORY_SIZE = 300 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # POST /upload takes 20 and says so

# -- Security ---------------------------------------------------------------------------

BEHIND_HTTPS = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
# Signed in for so long at all, and for so long without doing anything (`accounts/sessions.py`).
SESSION_COOKIE_AGE = env.integer("SPOCR_SESSION_SECONDS", 43_200, minimum=300)
SESSION_IDLE_SECONDS = env.integer("SPOCR_SESSION_IDLE_SECONDS", 7_200, minimum=60)
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_AGE = BEHIND_HTTPS, "Lax", 365 * 86_400
if BEHIND_HTTPS:  # a name that browsers take from this host alone, over https alone
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = False  # The proxy's part; API contracts allow no redirects.
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000 if BEHIND_HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = ["security.W008"]  # see SECURE_SSL_REDIRECT
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Browsers check where a form's answer leads, too: checkout and payment pages.
        "form-action": [SELF, *STRIPE_PAGES],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# -- Rest framework and logs ------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of GET /export
    "DEFAULT_SCHEMA_CLASS": "ocr.api.schema.TableSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SITE_NAME} API",
    "VERSION": VERSION,
    "SERVERS": [{"url": SITE_URL}],
    "PREPROCESSING_HOOKS": ["ocr.api.schema.endpoints_of_table"],
    "POSTPROCESSING_HOOKS": ["ocr.api.schema.with_answers"],
    "OAS_VERSION": "3.1.0",
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "apikey": {"type": "apiKey", "in": "header", "name": "apikey"},
        }
    },
}
METRICS_TOKEN = env.text("SPOCR_METRICS_TOKEN")
METRICS_DIR = env.shared_metrics(DATA_DIR / "run" / "metrics")
# Faults and spans leave for servers of the operator's, with the packages of requirements-extras.txt.
SENTRY_DSN, OTEL_ENDPOINT = env.text("SENTRY_DSN"), env.text("OTEL_EXPORTER_OTLP_ENDPOINT")
LOG_FORMAT = env.choice("SPOCR_LOG_FORMAT", ("line", "json"))
LOGGING = logs.configuration(LOG_FORMAT, env.choice("LOG_LEVEL", logs.LEVELS))
