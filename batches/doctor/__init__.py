"""The doctor: what is always true, asked of the database and of the files.

`examination` puts the questions, `flow` and `surroundings` hold those in SQL, `contents` those that need
more than SQL: chains, files, texts.
"""

from batches.doctor.examination import NAMES, Finding, examine, lines

__all__ = ["NAMES", "Finding", "examine", "lines"]
