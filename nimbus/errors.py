"""The base of every error a user can meet."""


class NimbusError(Exception):
    """An error with a stable code, an HTTP status and a sentence that tells what to do next.

    `field` names the part of the input at fault, as a path such as `extraction.head.title`.
    """

    code = "error"
    status = 400
    message = "The request could not be carried out."

    def __init__(self, message: str = "", *, field: str = "", code: str = "") -> None:
        self.message = message or self.message
        self.field = field
        self.code = code or self.code
        super().__init__(self.message)


class InvalidError(NimbusError):
    """A value that breaks a rule."""

    code = "invalid"
    status = 422


class NotFoundError(NimbusError):
    """Unknown, or another organization's: both read alike."""

    code = "not_found"
    status = 404
    message = "There is nothing here under that id that this key or account may see."


class ForbiddenError(NimbusError):
    code = "forbidden"
    status = 403
    message = "Your role or key does not allow this."


class TooLargeError(NimbusError):
    code = "too_large"
    status = 413
    message = "The request is too large. Send it in smaller parts."


class MediaTypeError(NimbusError):
    code = "unsupported_media_type"
    status = 415


class StateError(NimbusError):
    """The thing is not in a state that allows this."""

    code = "conflict"
    status = 409
