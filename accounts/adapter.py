"""How allauth fits into Nimbus: every account starts with an organization of its own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.db import transaction
from django.http import Http404, HttpRequest

from accounts import account_mail, organizations
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            if commit:
                organizations.create_personal(saved)
        return saved

    def render_mail(
        self, template_prefix: str, email: Any, context: dict[str, Any], headers: Any = None
    ) -> Any:
        if template_prefix not in account_mail.WORDS:
            return super().render_mail(template_prefix, email, context, headers)
        to = email if isinstance(email, str) else email[0]
        return account_mail.render(
            template_prefix, to, context, from_email=self.get_from_email(), headers=headers
        )


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Google and GitHub, where the operator set their clients."""

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Any:
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist:
            raise Http404 from None

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        names = (data.get("name"), f"{data.get('first_name') or ''} {data.get('last_name') or ''}")
        user.name = next((name.strip() for name in names if name and name.strip()), "")[:120]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        with transaction.atomic():
            user: User = super().save_user(request, sociallogin, form)
            if not user.memberships.exists():
                organizations.create_personal(user)
        return user
