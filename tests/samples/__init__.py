"""The samples hold what they say."""
