import pytest
from django.core.exceptions import ImproperlyConfigured

from nimbus.mailers import mailer


def test_smtp_url_names_every_part_of_the_server():
    found = mailer("smtp://jo%40acme:p%2Fw@mail.test:2525?tls=1", is_development=False)
    options = found["OPTIONS"]
    assert found["BACKEND"] == "django.core.mail.backends.smtp.EmailBackend"
    assert (options["host"], options["port"]) == ("mail.test", 2525)
    assert (options["username"], options["password"]) == ("jo@acme", "p/w")
    assert options["use_tls"]
    assert not options["use_ssl"]


def test_smtps_uses_tls_from_the_first_byte():
    options = mailer("smtps://mail.test", is_development=False)["OPTIONS"]
    assert (options["port"], options["use_ssl"]) == (465, True)


def test_development_keeps_mail_in_the_outbox():
    assert mailer("", is_development=True)["BACKEND"] == "batches.mailbox.MailboxBackend"


def test_production_refuses_to_keep_mail():
    with pytest.raises(ImproperlyConfigured, match="SMTP_URL is empty"):
        mailer("", is_development=False)


@pytest.mark.parametrize("url", ["mail.test:25", "http://mail.test", "smtp://"])
def test_address_of_another_kind_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="must look like"):
        mailer(url, is_development=True)
