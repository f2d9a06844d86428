"""A model that sees one token only."""
