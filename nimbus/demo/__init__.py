"""A made site of brand × location × service pages: the shape of the main customer's."""
