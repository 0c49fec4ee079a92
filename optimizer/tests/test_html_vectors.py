"""The vectors both languages pass; see spec/README.md."""

import pytest

from optimizer.html import vectors

CASES = [
    (path.name, vector) for path in sorted(vectors.FOLDER.glob("*.json")) for vector in vectors.load(path)
]


@pytest.mark.parametrize("vector", [pytest.param(v, id=f"{file}-{v['name']}") for file, v in CASES])
def test_vector_holds(vector):
    assert vectors.run(vector) == vector


def test_vectors_are_many_and_named_once():
    names = [(file, vector["name"]) for file, vector in CASES]

    assert len(names) >= 50
    assert len(set(names)) == len(names)
