"""Fetching pages and news feeds when the user asks for it, and the store they are read from afterwards."""
