"""Recipes keep good text and drop bad text; own ones are kept as files; projects of before still open."""

from __future__ import annotations

import pytest

from engine.cleaning.chain import Chain
from engine.cleaning.own_recipes import delete_recipe, find_recipe, own_recipes, save_recipe
from engine.cleaning.recipes import RECIPES, recipe, recipe_of
from engine.cleaning.spec import GENTLE, CleaningSpec
from engine.cleaning.steps.own_rules import OwnRules
from engine.cleaning.steps.split_long_documents import SplitLongDocuments
from engine.corpora.document import Document
from engine.corpora.samples import sample
from engine.errors import EngineError
from engine.project import Project
from engine.settings import changed, to_toml
from tests.engine.cleaning.bad_texts import KINDS, bad_texts

OF_TODAY = {"fix-encoding", "unicode-form", "control-characters", "whitespace", "split-long-documents",
            "duplicate-lines", "duplicate-documents", "short-lines", "document-length"}
"""The nine steps of the first version, as its project files list them."""


@pytest.fixture(scope="module")
def good():
    chapters = [part.text for part in SplitLongDocuments().expand(
        Document("emma", sample("austen").path.read_text("utf-8")))]
    poems = [block for block in sample("poems").path.read_text("utf-8").split("\n\n") if block.strip()]
    return {"en": chapters, "zh": ["\n".join(poems[n:n + 12]) for n in range(0, 600, 12)]}


def kept_share(recipe_id, texts):
    chain = Chain(recipe(recipe_id).spec)
    return sum(bool(chain.process(Document(str(n), text)).kept) for n, text in enumerate(texts)) / len(texts)


@pytest.mark.parametrize("recipe_id", ["gentle", "web", "strict", "chinese"])
def test_chapters_and_verse_pass(recipe_id, good):
    assert kept_share(recipe_id, good["en"]) == 1
    assert kept_share(recipe_id, good["zh"]) >= (0.9 if recipe_id in ("web", "strict") else 0.98)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("recipe_id", ["gentle", "web", "strict"])
def test_bad_text_does_not(recipe_id, kind, good):
    if kind == "latin-1 mojibake zh":
        pytest.skip("is repaired; see the test of that")
    share = kept_share(recipe_id, bad_texts(kind, good["zh" if kind.endswith("zh") else "en"], 20))
    if recipe_id == "gentle" and kind.startswith("menus"):
        assert share <= 0.6  # a short menu could be a poem without marks
    else:
        assert share == 0


def test_text_read_twice_in_the_wrong_encoding_is_restored(good):
    texts = [text[:1500] for text in good["zh"]]
    wrong = [text.encode().decode("latin-1").encode().decode("latin-1") for text in texts]
    restored, whole = ([Chain(recipe("gentle").spec).process(Document("d", text)).kept for text in each]
                       for each in (wrong, texts))
    assert restored == whole


def test_an_own_recipe_comes_back_from_its_file_and_can_be_deleted(tmp_path):
    spec = changed(changed(CleaningSpec(), "steps.own-rules.replace", ["a+ => b"]), "keep", ["s/d"])
    kept = save_recipe("My 诗 recipe!", spec, "For verse.", tmp_path)
    assert [path.name for path in tmp_path.glob("*.toml")] == ["my-诗-recipe.toml"]
    found = find_recipe("my 诗 RECIPE!", tmp_path)
    assert found == kept == find_recipe(kept.id, tmp_path)
    assert found.spec.steps == spec.steps and not found.spec.keep and found.help == "For verse."
    assert own_recipes(tmp_path).recipes == (kept,)
    delete_recipe("My 诗 recipe!", tmp_path)
    assert own_recipes(tmp_path).recipes == ()
    with pytest.raises(EngineError, match="no recipe called"):
        find_recipe(kept.id, tmp_path)


def test_a_damaged_recipe_is_named_and_stops_no_other(tmp_path):
    save_recipe("Good", CleaningSpec(), folder=tmp_path)
    (tmp_path / "bad.toml").write_text("title = ", "utf-8")
    (tmp_path / "newer.toml").write_text('title = "N"\n[[cleaning.steps]]\nkind = "from-the-future"\n', "utf-8")
    found = own_recipes(tmp_path)
    assert [each.title for each in found.recipes] == ["Good"] and set(found.unreadable) == {"bad.toml", "newer.toml"}


@pytest.mark.parametrize("title", ["Gentle", "gentle", " ", "../..", "none"])
def test_a_recipe_needs_a_name_of_its_own(tmp_path, title):
    with pytest.raises(EngineError):
        save_recipe(title, CleaningSpec(), folder=tmp_path)
    assert not list(tmp_path.glob("**/*.toml"))


def test_a_spec_with_problems_is_not_kept(tmp_path):
    with pytest.raises(EngineError, match="cannot be used"):
        save_recipe("Broken", CleaningSpec(steps=(OwnRules(lines=("(",)),)), folder=tmp_path)


def test_a_project_of_before_opens_with_the_steps_it_lists(tmp_path):
    project = Project.create(tmp_path / "old")
    old = CleaningSpec(steps=tuple(step for step in GENTLE if step.kind in OF_TODAY))
    project.save(recipe=changed(project.recipe, "cleaning", old))
    assert Project.open(tmp_path / "old").recipe.cleaning == old
    assert all(f'kind = "{kind}"' in to_toml(old) for kind in OF_TODAY)
    assert recipe_of(old) is None


def test_every_recipe_has_its_own_id_and_title():
    assert len({each.id for each in RECIPES}) == len({each.title for each in RECIPES}) == len(RECIPES) == 7
