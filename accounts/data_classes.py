"""What kind of data each column holds: of a person, of a tenant, or of nobody (none).

Export, erasure and retention go by data_classes.toml; a column that is not in it fails a test.
"""

import tomllib
from pathlib import Path

# Never in an export: whoever reads it must not be able to sign in, to verify or to pay with it.
SECRET = frozenset({
    "password", "token_digest", "digest", "ciphertext", "secret_ciphertext", "previous_ciphertext",
    "session_data", "session_key", "token", "token_secret", "secret", "form_token",
})  # fmt: skip


def table() -> dict[str, dict[str, str]]:
    """The class of every column, by model and column."""
    classes = tomllib.loads((Path(__file__).parent / "data_classes.toml").read_text())
    found: dict[str, dict[str, str]] = {}
    for kind, models in classes.items():
        for model, columns in models.items():
            for column in columns.split():
                if found.setdefault(model, {}).setdefault(column, kind) != kind:
                    raise ValueError(f"{model}.{column} is in two classes.")
    return found
