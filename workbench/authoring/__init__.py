"""English → Cedar+ candidates, paraphrase, generated tests. May import `language`, `engine`."""
