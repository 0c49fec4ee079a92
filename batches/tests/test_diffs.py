from batches import diffs


def marked(pieces, kind):
    return [piece.text for piece in pieces if piece.kind == kind]


def plain(pieces):
    return "".join(piece.text for piece in pieces)


def test_changed_words_are_marked_on_their_own_line():
    diff = diffs.compare("Heating repair in Berlin since 1990", "Heating service in Berlin since 1990")

    assert marked(diff.before, "del") == ["repair"]
    assert marked(diff.after, "ins") == ["service"]


def test_nothing_of_either_text_is_lost():
    before, after = "We repair, and sell, boilers today.", "We sell and repair boilers every day."
    diff = diffs.compare(before, after)

    assert plain(diff.before) == before
    assert plain(diff.after) == after


def test_short_word_between_two_changes_joins_them():
    diff = diffs.compare(
        "Old boilers in winter need a good and steady hand",
        "Cold rooms in autumn need a good and steady hand",
    )

    assert marked(diff.after, "ins") == ["Cold rooms in autumn"]


def test_tag_becomes_a_chip_and_is_never_cut():
    diff = diffs.compare("Read our <a1>long guide</a1> today", "Read our <a1>short guide</a1> today")

    assert marked(diff.before, "tag") == ["a1", "/a1"]
    assert marked(diff.before, "del") == ["long"]


def test_void_tag_shows_its_name():
    assert marked(diffs.compare("One<br2/>two", "One<br2/>two").after, "tag") == ["br2"]


def test_sentence_written_anew_carries_no_marks():
    diff = diffs.compare("Welcome to our website", "Heating engineers for Kiel, day and night")

    assert marked(diff.before, "del") == []
    assert marked(diff.after, "ins") == []


def test_empty_original_shows_a_plain_new_line():
    diff = diffs.compare("", "A new description")

    assert diff.before == []
    assert plain(diff.after) == "A new description"


def test_hyphen_and_apostrophe_stay_inside_a_word():
    diff = diffs.compare("It’s a well-known local firm here", "It’s a well-kept local firm here")

    assert marked(diff.after, "ins") == ["well-kept"]


def test_escaped_character_is_shown_as_it_reads():
    diff = diffs.compare("Heating &amp; water for homes", "Heating &amp; gas for homes")

    assert plain(diff.after) == "Heating & gas for homes"
    assert marked(diff.after, "ins") == ["gas"]
