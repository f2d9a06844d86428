"""How text becomes ids: tokenizers, token files, inspection."""
