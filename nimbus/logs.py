"""One event, one line: what came from outside can't pretend to be another entry of the log."""

import logging


class OneLine(logging.Formatter):
    """Line breaks and other control characters of a message are written out; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return "".join(map(visible, super().formatMessage(record)))


def visible(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
