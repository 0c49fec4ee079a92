"""A passkey in a real browser, by Chromium's virtual authenticator."""

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import sync_playwright

from tests.screen_world import newcomer, session

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.mark.django_db(transaction=True)
def test_passkey_is_added_and_signs_in_without_a_password(product, chromium):
    user = newcomer("passkey@nimbus.test")
    key = session(user.email)
    # A passkey belongs to a name, never to an address.
    url = product.url.replace("127.0.0.1", "localhost")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": key, "url": url}])
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        page.goto(f"{url}/account/2fa/webauthn/add/")
        page.check("[name=passwordless]")
        page.click("text=Add passkey")
        page.wait_for_url("**/recovery-codes/**")

        context.clear_cookies()
        page.goto(f"{url}/account/login/")
        page.click("text=Sign in with a passkey")
        page.wait_for_url(f"{url}/")
        browser.close()

    kinds = Authenticator.objects.filter(user_id=user.id).values_list("type", flat=True)
    assert set(kinds) == {"webauthn", "recovery_codes"}
