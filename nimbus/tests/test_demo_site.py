from nimbus.demo import site


def test_same_seed_gives_the_same_bytes(tmp_path):
    site.write(tmp_path / "a", 30)
    site.write(tmp_path / "b", 30)

    pages = sorted(path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*.html"))
    assert len(pages) == 30
    assert all((tmp_path / "a" / page).read_bytes() == (tmp_path / "b" / page).read_bytes() for page in pages)


def test_paths_stay_distinct_beyond_the_grid():
    paths = [place.path for place in site.places(2500)]

    assert len(set(paths)) == 2500
