"""What the engine says is Chinese in the Chinese window, with the names and figures that it filled in."""

from __future__ import annotations

import re

import pytest

from engine.errors import EngineError
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.recipe import Recipe
from engine.settings import from_plain
from studio.forms import problem_sentences
from studio.i18n import language, said, tr
from studio.widgets import Strip, Text
from tests.studio.engine_said import FILES, sentences_said

TEMPLATES = sorted({text for path in FILES for text, _ in sentences_said(path)})
FILLED = [text for text in TEMPLATES if re.search(r"\{[a-p]\}", text)]
WORDS = "/home/li/Tea 12 run-3 4.5 Emma.txt".split()


@pytest.fixture(autouse=True)
def chinese(dressed):
    language.use("zh")


def test_whatever_was_filled_in_stands_in_the_chinese_sentence():
    values = dict(zip("abcde", WORDS, strict=True))
    for template in FILLED:
        english = template.format_map(values)
        shown = said(english)
        assert re.search("[\u4e00-\u9fff]", shown), english
        assert all(values[name] in shown for name in re.findall(r"\{([a-p])\}", template)), shown


def test_there_are_enough_templates_for_that_to_mean_something():
    assert len(FILLED) > 60 and len(TEMPLATES) > 250


def test_an_error_as_one_text_is_three_chinese_sentences():
    error = EngineError("/data/a. b/run-1 is not a run.", "A folder with run.toml was expected.", "Check the path.")
    assert said(str(error)) == "/data/a. b/run-1 不是训练记录。应是含有 run.toml 的文件夹。检查路径。"


def test_what_a_checker_says_of_a_value_is_chinese():
    with pytest.raises(EngineError) as caught:
        from_plain(Recipe, {"training": {"batch_size": 0}})
    assert said(str(caught.value)) == "training.batch_size 不能是 0。应不小于 1。更改这个设置。"


def test_a_problem_is_chinese_under_its_field_and_after_its_path():
    problem = TransformerSpec(d_model=128, n_heads=3).problems()[0]
    assert problem_sentences(problem).startswith("3 个头不能整除宽度 128。选 ")
    with pytest.raises(EngineError) as caught:
        TransformerSpec(d_model=128, n_heads=3).require_valid()
    assert said(caught.value.what) == "n_heads：3 个头不能整除宽度 128。"


def test_a_sentence_inside_another_one_is_chinese_too():
    step = said("The update was not applied. Step 12 is saved.")
    assert step == "这一步没有更新权重。第 12 步已保存。"


def test_what_is_not_known_stays_as_it_is():
    for text in ("Emma Woodhouse, handsome. Clever, and rich.", "", "/data/x.txt", "ü: y."):
        assert said(text) == text
    assert said("Nobody wrote this. Check the path.") == "Nobody wrote this. 检查路径。"


def test_what_the_engine_said_follows_a_change_of_language(qtbot):
    text, strip = Text(said("/a is not a run.")), Strip("error", said("/a is gone."), said("Check the path."), name="s")
    qtbot.addWidget(text)
    qtbot.addWidget(strip)
    assert text.text() == "/a 不是训练记录。" and strip.accessibleName() == "/a 不见了。检查路径。"
    language.use("en")
    assert text.text() == "/a is not a run." and strip.accessibleName() == "/a is gone. Check the path."


def test_a_notice_tells_its_own_values(qtbot):
    error = EngineError("The disk is full: last.wlc was not written.", "", "Free some space and try again.")
    shown = tr("The baseline could not be counted. {what} Training goes on.", what=said(str(error)))
    assert shown == "基线没能算出来。磁盘已满：last.wlc 没有写入。腾出空间后再试。 训练继续。"
