"""The base of every error a user can meet."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from nimbus.sentences import translated


class NimbusError(Exception):
    """An error with a stable code, an HTTP status and a sentence that tells what to do next.

    `field` names the part of the input at fault, as a path such as `extraction.head.title`. The sentence may
    name `values` as `%(name)s`. Answers of the API, logs and mails hold it in English; screens show `said()`.
    """

    code = "error"
    status = 400
    message = _("The request could not be carried out.")

    def __init__(self, message: str = "", *, field: str = "", code: str = "", **values: object) -> None:
        self.marked, self.values = message or self.message, values
        self.message = self.marked % values if values else self.marked
        self.field = field
        self.code = code or self.code
        super().__init__(self.message)

    def said(self) -> str:
        """The sentence in the reader's language."""
        return gettext(self.marked) % self.values if self.values else translated(self.marked)


class InvalidError(NimbusError):
    """A value that breaks a rule."""

    code = "invalid"
    status = 422


class NotFoundError(NimbusError):
    """Unknown, or another organization's: both read alike."""

    code = "not_found"
    status = 404
    message = _("There is nothing here under that id that this key or account may see.")


class ForbiddenError(NimbusError):
    code = "forbidden"
    status = 403
    message = _("Your role or key does not allow this.")


class TooLargeError(NimbusError):
    code = "too_large"
    status = 413
    message = _("The request is too large. Send it in smaller parts.")


class MediaTypeError(NimbusError):
    code = "unsupported_media_type"
    status = 415


class StateError(NimbusError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    status = 409
