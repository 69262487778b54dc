"""Settings, all from the environment; `.env.example` lists and explains every variable.

Without DATABASE_URL and REDIS_URL the installation is embedded: PostgreSQL and Valkey run under ABMOPS_DATA_DIR. With
them the same code runs on any servers and asks for the secrets that an embedded installation makes itself.
"""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from abmops import postgres
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

DATABASES = {
    "default": postgres.connection(
        {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": DATABASE,
            "USER": DATABASE,
            "HOST": str(HOME.postgres_sockets),
        }
        if EMBEDDED
        else env.db("DATABASE_URL"),
        PROCESS,
    )
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

# --- Celery: where it is; how it goes to work is in `abmops.celery` ------------------------------------------------

CELERY_BROKER_URL = (
    f"redis+socket{REDIS_URL.removeprefix('unix')}" if REDIS_URL.startswith("unix:") else REDIS_URL
)
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME.data / "beat-schedule")

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
