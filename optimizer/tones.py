"""What a tone asks for, in words that a model can follow."""

TONES = {
    "premium": "calm, exact and generous; no bargain words, no exclamation marks",
    "professional": "clear, correct and courteous; the facts first",
    "casual": "like a friendly person at the counter; short sentences, everyday words",
    "friendly": "warm and direct; speaks to one person",
    "plain": "the simplest words that say it; nothing for effect",
    "confident": "assured and brief; verbs before adjectives",
    "warm": "personal and caring, never sugary",
}


def describe(tone: str) -> str:
    """A named tone with its meaning; own words as they stand."""
    return f"{tone}: {TONES[tone]}" if tone in TONES else tone
