"""Settings, all from the environment; `.env.example` lists and explains every variable.

Without DATABASE_URL and REDIS_URL the installation is embedded: PostgreSQL and Valkey run under ABMOPS_DATA_DIR. With
them the same code runs on any servers and asks for the secrets that an embedded installation makes itself.
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from abmops.embedded.home import DATABASE, Home
from abmops.rest import defaults

# Django's admin classes take no type argument of themselves.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

HOME = Home.at(BASE_DIR / env.str("ABMOPS_DATA_DIR", default=".abmops"))
EMBEDDED = not env.str("DATABASE_URL", default="")
# web, worker, beat or command: the role of this process decides how long its statements may run.
PROCESS = env.str("ABMOPS_PROCESS", default="command")
HTTPS = env.bool("ABMOPS_HTTPS", default=False)

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or (HOME.secret_key() if EMBEDDED else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY: only an installation without DATABASE_URL makes its own.")
# What erased people were known by is kept as hashes under this key; with another one they would be taken in again.
SUPPRESSION_KEY = env.str("SUPPRESSION_KEY", default="") or f"suppression of {SECRET_KEY}"
# The signing secrets of all hooks are derived from it; with another one every sender needs its new secret.
HOOK_SIGNING_KEY = env.str("HOOK_SIGNING_KEY", default="") or f"hooks of {SECRET_KEY}"
# Outgoing webhooks are signed with secrets derived from it, and Slack tokens are kept sealed with it.
SURFACE_KEY = env.str("SURFACE_KEY", default="") or f"surfaces of {SECRET_KEY}"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Apps: imports point upwards in this list -----------------------------------------------------------------------

INSTALLED_APPS = [
    "abmops.sample",
    "governance",
    "scoreboard",
    "plays",
    "signals",
    "accounts",
    "abmops.work",
    "abmops.ui",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "abmops.security.MachinesUseHttps",
    "abmops.security.Doors",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "abmops.security.SessionLimits",
    "accounts.middleware.TellsWhoActs",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "abmops.ui.middleware.ReaderZone",
    "abmops.ui.middleware.HtmxToasts",
    "abmops.ui.middleware.ButtonsAddresses",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "abmops.urls"
WSGI_APPLICATION = "abmops.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "abmops.ui.context.page",
            ],
        },
    },
]

# --- Data -----------------------------------------------------------------------------------------------------------

STATEMENT_SECONDS = {
    "web": 5,
    "worker": 30,
    "beat": 30,
}  # a command (a migration, an import by hand) may take its time


def _session_options(process: str) -> str:
    """What PostgreSQL holds every session of this process to; times are in milliseconds."""
    limits = {
        "statement_timeout": STATEMENT_SECONDS.get(process, 0) * 1000,
        "lock_timeout": 3_000,
        "idle_in_transaction_session_timeout": 15_000 if process in STATEMENT_SECONDS else 0,
    }
    if process == "worker":
        # Nobody looks at a clock there: a large query takes one core, and leaves the others to the quick ones.
        limits["max_parallel_workers_per_gather"] = 0
    return " ".join(f"-c {name}={value}" for name, value in limits.items())


_database: dict[str, Any] = (
    {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": DATABASE,
        "HOST": str(HOME.postgres_sockets),
    }
    if EMBEDDED
    else env.db("DATABASE_URL")
)
DATABASES = {
    "default": {
        **_database,
        "ATOMIC_REQUESTS": False,  # transactions are written where they belong: around one verb
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "options": _session_options(PROCESS),
            "connect_timeout": 5,
            # A host that vanished frees its row locks within half a minute.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,
        },
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="") or HOME.redis_url

BASE_CURRENCY = env.str("BASE_CURRENCY", default="USD")
# The share of an SLA's working time that is left when its owner is reminded; 0 reminds nobody.
SLA_REMINDER_SHARE = env.float("SLA_REMINDER_SHARE", default=0.25)
# How many plays may start on an account in so many days, and how many in one chain, before the loop guard holds them.
LOOP_GUARD = {
    "plays": env.int("LOOP_GUARD_PLAYS", default=10),
    "days": env.int("LOOP_GUARD_DAYS", default=30),
    "chain": env.int("LOOP_GUARD_CHAIN", default=4),
}
# The one score: intent = 100 (1 - exp(-raw / k)), score = w_fit fit + w_intent intent.
SCORE_K = env.float("SCORE_K", default=40.0)
SCORE_FIT_WEIGHT = env.float("SCORE_FIT_WEIGHT", default=0.4)
SCORE_INTENT_WEIGHT = env.float("SCORE_INTENT_WEIGHT", default=0.6)
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

# --- Celery: a message only says "look now"; PostgreSQL holds the work ----------------------------------------------

CELERY_BROKER_URL = (
    f"redis+socket{REDIS_URL.removeprefix('unix')}" if REDIS_URL.startswith("unix:") else REDIS_URL
)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_TASK_ACKS_LATE = False  # a nudge is disposable: no redelivery, so no crash loop
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_PUBLISH_RETRY = False  # a request never waits for a broker that is down
CELERY_TASK_DEFAULT_QUEUE = "react"
CELERY_TASK_ROUTES = {"abmops.work.jobs.tick": {"queue": "tick"}}
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# By memory alone: counted by nudges, both children of a busy worker came to their end together, each ten seconds, and
# nobody worked until the pool looked, up to a second later.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000  # kB
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True  # concerns late acknowledgement alone
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "health_check_interval": 25,
    "max_retries": 0,
}
CELERY_BEAT_SCHEDULE = {
    # Any number of beats may run: every statement of a tick is idempotent.
    "work.tick": {
        "task": "abmops.work.jobs.tick",
        "schedule": timedelta(seconds=1),
        "options": {"expires": 5},
    },
}
CELERY_BEAT_MAX_LOOP_INTERVAL = 1
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME.data / "beat-schedule")
CELERY_TIMEZONE = "UTC"

# --- Whose network a visitor is in ------------------------------------------------------------------------------

# A MaxMind DB or a CSV of networks; empty: nobody is placed by network.
REVERSE_IP_DB = env.str("REVERSE_IP_DB", default="")
# Proxies whose X-Forwarded-For is believed, as networks.
TRUSTED_PROXIES = [ip_network(text, strict=False) for text in env.list("TRUSTED_PROXIES", default=[])]

# --- What goes out --------------------------------------------------------------------------------------------------

# Where people reach this installation: links in mails and messages begin with it.
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{env.int('PORT', default=8000)}").rstrip("/")
# Without EMAIL_URL no mail is sent; pages say so, and what would have been mailed stays in the program.
EMAIL_URL = env.str("EMAIL_URL", default="")
EMAIL_IS_SET_UP = bool(EMAIL_URL)
vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="abmops <abmops@localhost>")
# Private networks that webhooks may call all the same, as networks; of these also by HTTP and on any port.
ALLOWED_PRIVATE_TARGETS = [
    ip_network(text, strict=False) for text in env.list("ALLOWED_PRIVATE_TARGETS", default=[])
]

# --- Who comes in ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # refuses before a password is looked at
    "django.contrib.auth.backends.ModelBackend",
    "accounts.rights.RevOpsKeepsTheAdmin",
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_IDLE = timedelta(hours=12)
SESSION_ABSOLUTE = timedelta(days=7)
SESSION_COOKIE_AGE = int(SESSION_IDLE.total_seconds())

# --- The way over the network ---------------------------------------------------------------------------------------

# Addresses that machines call: an HTTP call is answered with an error, never redirected with its key in clear text.
MACHINE_PATHS = ("/api/", "/v1/", "/hooks/")
# Of these, the ones that `abmops.security.Doors` answers by itself.
DOOR_PATHS = ("/v1/", "/hooks/")
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [*(rf"^{path.lstrip('/')}" for path in MACHINE_PATHS), r"^healthz/?$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    if env.bool("ABMOPS_BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Browsers' preload lists take in a whole domain: its owner's decision, not a setting of one program.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 600 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", default=64)  # 100,000 rows of a CRM's export take 20 to 50

# --- REST -----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = defaults.REST_FRAMEWORK
SPECTACULAR_SETTINGS = defaults.SPECTACULAR_SETTINGS

# --- Static files ---------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = HOME.data / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "abmops.vendored.NodePackages",
]
# Hashed names once `collectstatic` has run; until then (a test, a command) files are served from where they lie.
STATIC_BUILT = (STATIC_ROOT / "staticfiles.json").exists() or PROCESS == "collect"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_BUILT
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_BUILT

# --- Logs: one line an event, to standard error ---------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "celery": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # Its debugging lines hold whole addresses, and with them what is secret in a Slack webhook's.
        "urllib3": {"level": "INFO"},
        "django.request": {"level": "ERROR"},  # a mistyped address is no event
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
