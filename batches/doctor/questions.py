"""What a question to the database is."""

from typing import NamedTuple


class Invariant(NamedTuple):
    """A promise, and the SQL that finds what breaks it: one text a row that leads to the broken thing.

    Parameters: `patience`, the seconds the sweep may take to see something; `call`, how long a call may
    stand open; `economy`, how long nobody may look at the economy lane; `attempts`, the most a page has;
    `silence`, how long beat may say nothing.
    """

    name: str
    promise: str
    sql: str
