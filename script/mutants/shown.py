"""What reaches browsers, spreadsheets and logs."""

from guard import Guard

SHOWN = [
    Guard(
        "tokens of forms",
        "tests/test_hardening.py::test_form_without_its_token_is_refused",
        start="settings.MIDDLEWARE.remove('django.middleware.csrf.CsrfViewMiddleware')",
    ),
    Guard(
        "content security policy",
        "tests/test_hardening.py::test_every_answer_tells_browsers_what_they_may_do",
        start="settings.MIDDLEWARE.remove('django.middleware.csp.ContentSecurityPolicyMiddleware')",
    ),
    Guard(
        "escaping in pages",
        "tests/test_hardening.py::test_names_are_text_on_every_page",
        start="settings.TEMPLATES[0]['OPTIONS']['autoescape'] = False",
    ),
    Guard(
        "sandbox of a preview",
        "batches/tests/test_screens.py",
        "batches/page_views.py",
        '"sandbox": True,\n',
        "",
    ),
    Guard(
        "foreign hosts",
        "tests/test_hardening.py::test_reset_mail_names_no_forwarded_host",
        start="settings.USE_X_FORWARDED_HOST, settings.ALLOWED_HOSTS = True, ['*']",
    ),
    Guard(
        "formulas in files for spreadsheets",
        "batches/tests/test_pagetable.py::test_formula_is_only_text_in_the_file",
        "nimbus/spreadsheets.py",
        "text.lstrip().startswith(FORMULA)",
        "False",
    ),
    Guard(
        "one line for a log entry",
        "tests/test_hardening.py::test_line_break_in_a_message_becomes_no_log_line",
        "nimbus/logs.py",
        "return character if character.isprintable() else",
        "return character if True else",
    ),
]
