"""How people sign in: the settings of django-allauth, a part of `nimbus.settings`."""

from typing import Any

from nimbus import environment as env

env.load_secrets()
DEBUG = env.flag("DEBUG", default=False)

ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "optional" if DEBUG else "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Before keys, roles, caps, deletion and export one proves again who one is.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Proxies in front of the web processes that add to X-Forwarded-For; none where it is 0.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, 0, 10)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# Staff without a second factor see nothing but the page that adds one; on a development machine they may.
STAFF_MFA = not DEBUG
MFA_ADAPTER = "accounts.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Nimbus"
# A code holds for a minute and a half, so that a clock half a minute off still works.
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
# Browsers allow passkeys on http://localhost.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG

SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = ACCOUNT_EMAIL_VERIFICATION
# An address at Google or GitHub opens no existing account: its owner connects the two when signed in.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False


def application(provider: str, scope: list[str], **fields: Any) -> dict[str, Any]:
    """One provider's entry, empty where the operator set no client."""
    name = provider.upper()
    client, secret = env.text(f"{name}_CLIENT_ID"), env.text(f"{name}_CLIENT_SECRET")
    apps = [{"client_id": client, "secret": secret, "key": ""}] if client and secret else []
    return {"APPS": apps, "SCOPE": scope, **fields}


SOCIALACCOUNT_PROVIDERS = {
    "google": application("google", ["email", "profile"], OAUTH_PKCE_ENABLED=True),
    "github": application("github", ["user:email"], OAUTH_PKCE_ENABLED=True),
}
# A form that leads to the provider is sent to ourselves first; browsers check where it ends, too.
SIGN_IN_HOSTS = [
    host
    for provider, host in (("google", "https://accounts.google.com"), ("github", "https://github.com"))
    if SOCIALACCOUNT_PROVIDERS[provider]["APPS"]
]
