"""Settings, read from the environment. `.env.example` and docs/operations.md name every variable."""

from django.core.exceptions import ImproperlyConfigured

from nimbus import environment as env
from nimbus import logs
from nimbus.buckets import address
from nimbus.databases import from_url
from nimbus.hardening import *  # noqa: F403  Django reads settings from one module
from nimbus.mailers import mailer
from nimbus.services.paths import redis_url
from nimbus.signing_in import *  # noqa: F403

env.load_secrets()

BASE_DIR = env.ROOT
VAR = env.var()
IS_DEVELOPMENT = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is empty. Run ./script/server once, or set it to 50 random characters."
    )
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
# API keys have a pepper of their own, so that a new SECRET_KEY breaks no key.
NIMBUS_KEY_PEPPER = env.text("NIMBUS_KEY_PEPPER") or SECRET_KEY
NIMBUS_KEY_PEPPER_FALLBACKS = env.words("NIMBUS_KEY_PEPPER_FALLBACKS")
# Signs the daily head of the audit trail.
NIMBUS_AUDIT_KEY = env.text("NIMBUS_AUDIT_KEY") or SECRET_KEY
NIMBUS_ENCRYPTION_KEYS = env.words("NIMBUS_ENCRYPTION_KEYS")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.github",
    "rest_framework",
    "drf_spectacular",
    "nimbus",
    "accounts",
    "projects",
    "batches",
]
MIDDLEWARE = [
    "nimbus.middleware.request_id",
    "nimbus.middleware.walled",
    "nimbus.middleware.page_methods",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "nimbus.static.StaticMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.second_factor",
    "accounts.middleware.time_zone",
]
ROOT_URLCONF = "nimbus.urls"
ASGI_APPLICATION = "nimbus.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # Every template speaks to people, so all of them may translate.
            "builtins": [
                "django.templatetags.i18n",
                "nimbus.templatetags.addresses",
                "nimbus.templatetags.icons",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nimbus.context.product",
            ],
        },
    }
]

# Three database roles: the owner migrates, the app serves people and keys, the worker runs pages.
NIMBUS_ROLE = env.text("NIMBUS_ROLE", "app")
if NIMBUS_ROLE not in {"app", "owner", "worker"}:
    raise ImproperlyConfigured(f"NIMBUS_ROLE is {NIMBUS_ROLE!r}; write app, owner or worker.")
# Django remembers every statement of a process in DEBUG, and a worker writes megabytes in one.
DEBUG = IS_DEVELOPMENT and NIMBUS_ROLE != "worker"
DATABASES = {"default": from_url(NIMBUS_ROLE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL") or redis_url(VAR)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

AUTH_USER_MODEL = "accounts.User"
# The constraint on lower(email) is the unique one.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "home"
LOGIN_URL = "account_login"

LANGUAGE_CODE = "en"
# A language comes with a folder under locale/ and a line here; see docs/translations.md.
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / (env.text("NIMBUS_STATIC") or VAR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_DEVELOPMENT
        else "nimbus.storage.StaticStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = IS_DEVELOPMENT
NIMBUS_ARTIFACTS = VAR / "artifacts"
# A bucket at R2 or any other S3 in place of that folder.
NIMBUS_BUCKET = address(env.text("ARTIFACTS_URL"))

# Mail waits in OutboxMail. Where no server is set it stays in this process, and development shows the outbox.
MAILERS = {
    "default": mailer(env.text("SMTP_URL"), is_development=IS_DEVELOPMENT),
    "outbox": {"BACKEND": "batches.mailbox.OutboxBackend"},
}
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Nimbus <nimbus@localhost>")

OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL")
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-5-mini")
OPENAI_TIMEOUT_S = env.integer("OPENAI_TIMEOUT_S", 30, 1, 600)
# Dollars for a million tokens, before the price data that comes along.
MODEL_PRICES = env.rates("MODEL_PRICES")

# Pages in flight in one worker process, and the length of one run of the executor task.
EXECUTOR_WINDOW = env.integer("EXECUTOR_WINDOW", 20, 1, 2000)
EXECUTOR_RUN_S = env.integer("EXECUTOR_RUN_S", 240, 1, 3600)
LEASE_S = env.integer("LEASE_S", 60, 2, 600)
SWEEP_S = env.integer("SWEEP_S", 5, 1, 300)
# The economy lane: how often its provider batches are looked at, after how long a page goes live instead,
# and the lease of the worker that has a provider batch in hand (an upload takes up to half of it).
ECONOMY_POLL_S = env.integer("ECONOMY_POLL_S", 30, 1, 3600)
ECONOMY_DEADLINE_S = env.integer("ECONOMY_DEADLINE_S", 86_400, 1, 604_800)
ECONOMY_LEASE_S = env.integer("ECONOMY_LEASE_S", 600, 2, 3600)
# For tests and chaos alone: where a process dies, and how wrong its clock is. See batches/faults.py.
FAULT_POINTS = env.shares("NIMBUS_FAULT_POINTS")
CLOCK_OFFSET_S = env.integer("NIMBUS_CLOCK_OFFSET_S", 0, -86400, 86400)
if not IS_DEVELOPMENT and (FAULT_POINTS or CLOCK_OFFSET_S):
    raise ImproperlyConfigured("NIMBUS_FAULT_POINTS and NIMBUS_CLOCK_OFFSET_S are for DEBUG=1 alone.")
# Days that pages' HTML and archives, models' answers, mails, and texts of the audit trail are kept.
CONTENT_DAYS = env.integer("CONTENT_DAYS", 90, 1, 3650)
ANSWER_DAYS = env.integer("ANSWER_DAYS", 30, 1, 3650)
MAIL_DAYS = env.integer("MAIL_DAYS", 30, 1, 3650)
LOG_DAYS = env.integer("LOG_DAYS", 400, 1, 3650)
MAX_PAGE_BYTES = 5 * 1024 * 1024
MAX_UPLOAD_BYTES = env.integer("MAX_UPLOAD_BYTES", 256 * 1024 * 1024, 1024, 2**31)
KEY_REQUESTS_PER_MINUTE = env.integer("KEY_REQUESTS_PER_MINUTE", 1200, 1, 1_000_000)
ORGANIZATION_REQUESTS_PER_MINUTE = env.integer("ORGANIZATION_REQUESTS_PER_MINUTE", 6000, 1, 1_000_000)
# Hosts, or host:port, that tenants' URLs may name though they are not on the public Internet.
NIMBUS_PRIVATE_HOSTS = env.words("NIMBUS_PRIVATE_HOSTS")
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"batches.tasks.run_executor": {"queue": "executor"}}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A wake-up that waits longer than this is of no use: the sweep has sent another.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    # A request waits no longer for a broker that hangs; workers' own reads block for more.
    "socket_timeout": 1 if NIMBUS_ROLE == "app" else 5,
    "socket_connect_timeout": 1 if NIMBUS_ROLE == "app" else 2,
    "max_retries": 1,
}
CELERY_BEAT_SCHEDULE = {
    # Every few seconds, so that a dead worker's pages and finished batches wait for no message.
    "sweep": {"task": "batches.tasks.sweep", "schedule": SWEEP_S, "options": {"expires": SWEEP_S}},
    # The provider takes minutes to hours, so that looking twice a minute loses nothing.
    "run-economy": {
        "task": "batches.tasks.run_economy",
        "schedule": ECONOMY_POLL_S,
        "options": {"expires": ECONOMY_POLL_S},
    },
    # People who decide see what their decisions are worth, within the minute.
    "recalibrate": {"task": "batches.tasks.recalibrate", "schedule": 60.0, "options": {"expires": 60}},
    # Mail is looked after often, since people wait for the report.
    "send-outbox": {"task": "batches.tasks.send_outbox", "schedule": 10.0, "options": {"expires": 10}},
    # Digests are due at seven in each reader's own time zone, and some zones are half hours apart.
    "queue-digests": {"task": "batches.tasks.queue_digests", "schedule": 900.0, "options": {"expires": 900}},
    "deliver-webhooks": {
        "task": "batches.tasks.deliver_webhooks",
        "schedule": 5.0,
        "options": {"expires": 5},
    },
    # Once a day: to list a bucket costs, and what nobody names harms nobody.
    "sweep-files": {"task": "batches.tasks.sweep_files", "schedule": 86_400.0, "options": {"expires": 3600}},
    # Once a day: what was signed is what nobody can rewrite any more.
    "sign-heads": {"task": "accounts.tasks.sign_heads", "schedule": 86_400.0, "options": {"expires": 3600}},
    # People wait for their copy; what is to be erased is erased soon.
    "mind-rights": {"task": "accounts.tasks.mind_rights", "schedule": 30.0, "options": {"expires": 30}},
    # Retention is counted in days; an hour sooner or later is nothing.
    "purge": {"task": "batches.tasks.purge", "schedule": 3600.0, "options": {"expires": 3600}},
    "forget-answers": {
        "task": "nimbus.tasks.forget_answers",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["projects.authentication.APIKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["projects.authentication.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["nimbus.api.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    # OPTIONS tells nothing: docs and schema do.
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "nimbus.api.problem",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Nimbus API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    # A change names what it changes; where a field must come, it must come in PATCH too.
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": ["batches.openapi.complete"],
}

LOGGING = logs.configuration(env.text("LOG_FORMAT", "plain"), env.text("LOG_LEVEL", "INFO"))
# Opens /metrics as a bearer token; without it there is no such page.
METRICS_TOKEN = env.text("METRICS_TOKEN")
