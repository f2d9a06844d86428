"""Chat, Translate and Summarise write the prompt in the format of the model's task, and say so where there is none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Qt, Signal

from engine.settings import to_plain
from engine.tasks.kinds.chat import Chat
from engine.tasks.kinds.classification import Classification
from engine.tasks.kinds.question_answering import QuestionAnswering
from engine.tasks.kinds.translation import Translation
from studio.pages.playground.conversation import Conversation
from studio.pages.playground.prompting import format_for
from studio.pages.playground.transforming import Transforming

RUN = Path("run-1")


class Voice(QObject):
    """A talker that notes what it is asked and says what the test lets it say."""

    said, done, failed = Signal(int, object), Signal(int, object), Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, dict]] = []
        self.cancelled: list[int] = []

    def generate(self, run, checkpoint, text, *, sampling):
        self.asked.append((text, sampling))
        return len(self.asked)

    def cancel(self, request):
        self.cancelled.append(request)

    def answer(self, *pieces):
        for piece in pieces:
            self.said.emit(len(self.asked), {"token": {}, "text": piece})
        self.done.emit(len(self.asked), {"reason": "end", "tokens": len(pieces), "tokens_per_second": 50.0})


@pytest.fixture
def voice():
    return Voice()


@pytest.fixture
def session():
    return SimpleNamespace(standing=SimpleNamespace(stages={}), recipe=None, queries=None)


def recipe(task):
    return {"task": to_plain(task)}


@pytest.fixture
def translator(qtbot, session, voice):
    made = Transforming("translate", session, voice)
    qtbot.addWidget(made)
    made.serve(RUN, "best", recipe(Translation()))
    return made


@pytest.fixture
def chat(qtbot, session, voice):
    made = Conversation(session, voice)
    qtbot.addWidget(made)
    made.serve(RUN, "best", recipe(Chat()))
    return made


def test_a_translation_is_asked_for_in_the_format_of_training_and_streams_in(translator, voice):
    translator.box.setPlainText("  Open the file.\n")
    translator.go_button.click()
    prompt, sampling = voice.asked[0]
    assert prompt == "<|source|>Open the file.<|target|>" and sampling["temperature"] == 0
    assert translator.go_button.text() == "Stop" and not translator._again.isEnabled()
    voice.said.emit(1, {"token": {}, "text": " 打开"})
    assert translator.answer.toPlainText() == "打开"
    voice.answer("文件。")
    assert translator.answer.toPlainText() == "打开文件。" and translator.go_button.text() == "Translate"
    assert "<|source|>" in translator._read.text()


def test_another_answer_is_by_chance_and_each_with_another_seed(translator, voice):
    translator.box.setPlainText("Save")
    for _ in range(2):
        translator._again.click()
        voice.answer("保存")
    seeds = [sampling["seed"] for _, sampling in voice.asked]
    assert len(set(seeds)) == 2 and all(sampling["temperature"] > 0 for _, sampling in voice.asked)


def test_the_button_stops_what_is_being_written(translator, voice):
    translator.box.setPlainText("Save")
    translator.go_button.click()
    translator.go_button.click()
    assert voice.cancelled == [1]


def test_nothing_is_asked_without_a_text_or_a_model(translator, voice):
    translator.go_button.click()
    translator.box.setPlainText("Save")
    translator.serve(None, "best", {})
    translator.go_button.click()
    assert not voice.asked


@pytest.mark.parametrize("trained", [{}, recipe(Chat()), {"task": {"kind": "of a newer version"}}])
def test_a_model_that_only_continues_gets_a_template_of_words_and_an_honest_line(translator, voice, trained):
    translator.serve(RUN, "best", trained)
    assert not translator._honest.isHidden()
    assert translator._honest._text.text() == "This model only continues text. Answers follow a template."
    translator.box.setPlainText("Save")
    translator.go_button.click()
    assert voice.asked[0][0] == "Source: Save\nTranslation:" and voice.asked[0][1]["stop"]
    translator.serve(RUN, "best", recipe(Translation()))
    assert translator._honest.isHidden()


def test_an_answer_ends_before_what_follows_it(translator, voice):
    translator.serve(RUN, "best", {})
    translator.box.setPlainText("Save")
    translator.go_button.click()
    voice.answer(" 保存", "\nSource: Open")
    assert translator.answer.toPlainText() == "保存"


def test_a_chat_model_reads_the_whole_conversation(chat, voice, qtbot):
    for question, answer in (("Hello", "Good day."), ("Tea?", "Yes.")):
        chat.question.setText(question)
        qtbot.keyClick(chat.question, Qt.Key.Key_Return)
        voice.answer(answer, "<|end|>")
    assert [(turn.speaker, turn.text) for turn in chat._turns] == [
        ("user", "Hello"), ("assistant", "Good day."), ("user", "Tea?"), ("assistant", "Yes.")]
    assert voice.asked[1][0] == ("<|user|>Hello<|assistant|>Good day.<|end|><|user|>Tea?<|assistant|>")
    assert chat.passage.isHidden() and not chat.question.text()


def test_another_answer_takes_the_place_of_the_last_one(chat, voice):
    chat.question.setText("Tea?")
    chat.go_or_stop()
    voice.answer("Yes.")
    chat.again()
    voice.answer("No.")
    assert [turn.text for turn in chat._turns] == ["Tea?", "No."]
    assert voice.asked[0][0] == voice.asked[1][0]
    chat._fresh.click()
    assert not chat._turns and not chat._scroll.isVisible()


def test_a_model_of_single_questions_reads_the_last_one_with_its_passage(chat, voice):
    chat.serve(RUN, "best", recipe(QuestionAnswering()))
    assert not chat.passage.isHidden()
    chat.question.setText("First?")
    chat.go_or_stop()
    voice.answer("One.")
    chat.passage.setPlainText("A passage.")
    chat.question.setText("Second?")
    chat.go_or_stop()
    assert voice.asked[1][0] == "<|context|>A passage.<|question|>Second?<|answer|>"


def test_a_failure_is_told_and_leaves_no_empty_answer(chat, voice):
    chat.question.setText("Tea?")
    chat.go_or_stop()
    voice.failed.emit(1, {"what": "No such run.", "expected": "", "fix": "", "path": []})
    assert [turn.speaker for turn in chat._turns] == ["user"] and not chat._problem.isHidden()


def test_a_classifier_is_asked_in_the_chat():
    assert format_for("chat", recipe(Classification())).is_learned
    assert not format_for("translate", recipe(Classification())).is_learned
