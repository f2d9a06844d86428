"""Every word of the window, in the language of the moment.

`tr("Train now")` is the sentence as text. It remembers where it came from, so every widget of `studio.widgets` that
is given one goes on following the language; for a bare Qt widget say `words(label.setText, "Train now")`.
What the engine says is shown by `said(error.what)`: its Chinese is found by templates (`engine_sentences`).
"""

from studio.i18n.binding import show, words
from studio.i18n.language import Translated, language, said, tr
from studio.i18n.numbers import counted

__all__ = ["Translated", "counted", "language", "said", "show", "tr", "words"]
