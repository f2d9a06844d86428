"""Text with its provenance: readers, documents, corpora on disk, splits, statistics."""
