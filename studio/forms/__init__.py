"""Forms made from the declarations of settings: a new setting of the engine needs no line here.

`RecipeForm(session, "training")` edits a part of the open project; `SpecForm(SamplingSpec)` any spec: connect its
`edited(path, value)`, and give it values with `show_value`.
"""

from studio.forms.editor import PREFIX, Editor
from studio.forms.recipe_form import RecipeForm
from studio.forms.spec_form import SpecForm, editor_for, problem_sentences

__all__ = ["PREFIX", "Editor", "RecipeForm", "SpecForm", "editor_for", "problem_sentences"]
