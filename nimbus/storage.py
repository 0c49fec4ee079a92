"""Static files under names that hold their content's hash."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class StaticStorage(ManifestStaticFilesStorage):
    # Without this, modules imported by other modules keep their plain names.
    support_js_module_import_aggregation = True
