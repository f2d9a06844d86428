"""Models of language: shapes, sizes, networks."""
