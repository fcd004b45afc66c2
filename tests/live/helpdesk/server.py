"""The product as its own documentation mounts it, with users of the drill, on a free port of loopback."""

import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading

from django.conf import settings

PLACE = tempfile.mkdtemp(prefix="helpdesk-")
SESSIONS = sys.argv[1]
DJANGO = "django.contrib."
REST = "rest_framework.authentication."

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1", "testserver"],
    ROOT_URLCONF="__main__",
    LOGIN_URL="/helpdesk/login/",
    STATIC_URL="/static/",
    MEDIA_URL="/media/",
    MEDIA_ROOT=PLACE,
    USE_TZ=True,
    SITE_ID=1,
    SESSION_ENGINE=f"{DJANGO}sessions.backends.{SESSIONS}",
    # One round in place of a million: nobody attacks these passwords, and many are checked.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{PLACE}/db", "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"}}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_ACTIVATE_API_ENDPOINT=True,
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [
            REST + "BasicAuthentication",
            REST + "TokenAuthentication",
            REST + "SessionAuthentication",
        ]
    },
    INSTALLED_APPS=[
        DJANGO + app
        for app in ["auth", "contenttypes", "sessions", "sites", "humanize", "messages", "staticfiles", "admin"]
    ]
    + ["rest_framework", "rest_framework.authtoken", "helpdesk"],
    MIDDLEWARE=[
        DJANGO + "sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        DJANGO + "auth.middleware.AuthenticationMiddleware",
        DJANGO + "messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    DJANGO + "auth.context_processors.auth",
                    DJANGO + "messages.context_processors.messages",
                    "django.template.context_processors.media",
                    "django.template.context_processors.static",
                ]
            },
        }
    ],
)

import django  # noqa: E402

django.setup()

from django.contrib import admin  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.authtoken.views import obtain_auth_token  # noqa: E402
from waitress.server import create_server  # noqa: E402

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api-token/", obtain_auth_token),
    path("helpdesk/", include("helpdesk.urls")),
]

# A user of the supplier for each action, since what an action ends stays so.
USERS = ["reset", "deactivated", "demoted", "deleted", "departed", "careless", "bystander"]


def seed():
    call_command("migrate", verbosity=0)
    word = "Aa1-" + secrets.token_hex(12)
    User.objects.create_superuser("Admin", "admin@ours.example", word)
    print(f"ADMIN_PASSWORD={word}")
    for use in USERS:
        word = "Aa1-" + secrets.token_hex(12)
        name = "Sam" if use == "bystander" else f"Maya{use}"
        user = User.objects.create_user(name, f"{name.lower()}@acme.example", word, is_staff=True)
        print(f"{use.upper()}_ID={user.pk}")
        print(f"{use.upper()}_NAME={name}")
        print(f"{use.upper()}_PASSWORD={word}")
        browser = Client()
        browser.force_login(user)
        print(f"{use.upper()}_SESSION={browser.cookies['sessionid'].value}")


def end(*_):
    shutil.rmtree(PLACE, ignore_errors=True)
    os._exit(0)


def until_nobody_listens():
    sys.stdin.read()
    end()


signal.signal(signal.SIGTERM, end)
seed()
server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=6)
print(f"HELPDESK_URL=http://127.0.0.1:{server.effective_port}")
print("READY", flush=True)
threading.Thread(target=until_nobody_listens, daemon=True).start()
server.run()
