"""Sessions in the database, encrypted: they hold what nobody who reads the database may see, such as the
secret of an authenticator app that is being set up, or a form that waits for a fresh proof."""

from typing import Any

from cryptography.fernet import InvalidToken
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from nimbus import secrets


class SessionStore(db.SessionStore):
    def encode(self, session_dict: dict[str, Any]) -> str:
        text: bytes = self.serializer().dumps(session_dict)
        return secrets.encrypt(text.decode()).decode()

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Empty where no key reads it: whoever holds it signs in again."""
        try:
            text = secrets.decrypt(session_data.encode() if isinstance(session_data, str) else session_data)
        except InvalidToken:
            return {}
        content: dict[str, Any] = self.serializer().loads(text.encode())
        return content


def content_of(row: Session) -> dict[str, Any]:
    """What a stored session holds; the row's own `get_decoded` knows Django's format alone."""
    return SessionStore().decode(row.session_data)
