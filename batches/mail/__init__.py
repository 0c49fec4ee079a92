"""Mail to people: who wants what how often, how a letter is written, digests, unsubscribing, previews."""
