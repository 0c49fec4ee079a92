"""One guard, how it is switched off, and the tests that must notice.

A guard of the code is a piece of text and what stands there instead; a guard of the database is SQL that the
superuser runs once the tests' database is made; one of the settings is a statement for after the start.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    name: str
    tests: str
    path: str = ""
    text: str = ""
    instead: str = ""
    sql: str = ""
    start: str = ""
