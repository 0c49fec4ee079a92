"""The usual way to take pages in: a model, nested serializers of Django REST framework, a POST a page."""

import os

import django
from django.conf import settings
from django.core.asgi import get_asgi_application

settings.configure(
    SECRET_KEY="only-for-benchmarks",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="ingest_stock",
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "nimbus",
            "USER": "nimbus_worker",
            "HOST": os.environ["STOCK_SOCKET"],
            "CONN_MAX_AGE": 0,
        }
    },
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
)
django.setup()

from django.db import models
from django.urls import include, path
from rest_framework import routers, serializers, viewsets


class Page(models.Model):
    page_url = models.CharField(max_length=2048, unique=True)
    source_path = models.CharField(max_length=2048)
    extraction = models.JSONField()

    class Meta:
        app_label = "stock"
        db_table = "stock_page"

    def __str__(self) -> str:
        return self.page_url


class BlockSerializer(serializers.Serializer[dict[str, object]]):
    id = serializers.RegexField(r"b-[0-9a-f]{10}(-[0-9]+)?")
    type = serializers.CharField(max_length=20)
    content = serializers.CharField(max_length=100_000)
    region = serializers.CharField(max_length=100)
    key = serializers.CharField(max_length=100)
    span = serializers.ListField(child=serializers.IntegerField(), min_length=2, max_length=2)


class ExtractionSerializer(serializers.Serializer[dict[str, object]]):
    head = serializers.DictField(child=serializers.CharField(max_length=20_000, allow_blank=True))
    above_fold_blocks = BlockSerializer(many=True)
    rest_of_page_blocks = BlockSerializer(many=True)
    dimensions = serializers.DictField(child=serializers.CharField(max_length=500))


class PageSerializer(serializers.ModelSerializer[Page]):
    extraction = ExtractionSerializer()

    class Meta:
        model = Page
        fields = ("id", "page_url", "source_path", "extraction")

    def create(self, validated_data: dict[str, object]) -> Page:
        return Page.objects.create(**validated_data)


class PageViewSet(viewsets.ModelViewSet[Page]):
    queryset = Page.objects.all()
    serializer_class = PageSerializer


router = routers.DefaultRouter()
router.register("pages", PageViewSet)
urlpatterns = [path("", include(router.urls))]
application = get_asgi_application()
