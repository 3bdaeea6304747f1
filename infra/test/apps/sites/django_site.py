"""A shop in Django, as its documentation sets one up behind a proxy: sessions, CSRF, the admin, uploads."""
import hashlib
import os
import sys
import tempfile

import django
from django.conf import settings

FOLDER = tempfile.mkdtemp()
settings.configure(
    DEBUG=False, SECRET_KEY="django-insecure-only-for-tests", ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__,
    USE_X_FORWARDED_HOST=True, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.sessions", "django.contrib.messages"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request",
                                                   "django.contrib.auth.context_processors.auth",
                                                   "django.contrib.messages.context_processors.messages"]}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(FOLDER, "db")}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField", STATIC_URL="/static/",
)
django.setup()

from django import forms  # noqa: E402
from django.contrib import admin  # noqa: E402
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse  # noqa: E402
from django.middleware.csrf import get_token  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402


class Contact(forms.Form):
    email = forms.EmailField()


def home(request):
    return HttpResponse("home of %s" % request.scheme)


def form(request):
    return HttpResponse("<form>%s</form>" % get_token(request))


def basket(request):
    if request.method == "POST":
        request.session["basket"] = request.session.get("basket", []) + [request.POST["seat"]]
        return HttpResponseRedirect(request.build_absolute_uri("/basket/"))
    return JsonResponse({"basket": request.session.get("basket", [])})


def contact(request):
    f = Contact(request.POST)
    return HttpResponse("thanks") if f.is_valid() else JsonResponse(f.errors, status=422)


def upload(request):
    file = request.FILES["file"]
    return JsonResponse({"name": file.name, "sha256": hashlib.sha256(file.read()).hexdigest()})


def pay(request):
    return HttpResponseRedirect("https://psp.example/?back=" + request.build_absolute_uri("/pay/return"))


@csrf_exempt
def paid(request):
    return HttpResponseRedirect("/thanks?order=" + request.POST["order"])


@csrf_exempt
def webhook(request):
    return JsonResponse({"heard": request.body.decode(), "signature": request.headers.get("X-Signature", "")})


def old(request):
    return HttpResponseRedirect(request.build_absolute_uri("/?new=1"))


def download(request):
    response = HttpResponse(b"%PDF-1.4 tickets", content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="tickets.pdf"'
    return response


def broken(request):
    return HttpResponse("<h1>our own error page</h1>", status=503, headers={"Retry-After": "7"})


urlpatterns = [
    path("", home), path("form/", form), path("basket/", basket), path("contact/", contact), path("upload/", upload),
    path("pay/", pay), path("pay/return", paid), path("webhooks/psp", webhook), path("old/", old),
    path("download/", download), path("broken/", broken), path("admin/", admin.site.urls),
]

if __name__ == "__main__":
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User
    User.objects.create_superuser("ops", "ops@example.com", "a long password")
    make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), handler_class=Quiet).serve_forever()
