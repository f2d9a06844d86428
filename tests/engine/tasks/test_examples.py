"""Rows of every shape become examples; what is learned of them is what the task says, in files and in batches."""

from __future__ import annotations

import numpy as np
import pytest

from engine import jobs
from engine.corpora.corpus import Corpus
from engine.errors import EngineError
from engine.settings import to_plain
from engine.tasks.batch import first_batch
from engine.tasks.cutting import cut_to
from engine.tasks.examples import Examples
from engine.tasks.kinds.chat import Chat
from engine.tasks.kinds.question_answering import QuestionAnswering
from engine.tokenizers.token_file import TokenFile
from engine.tokenizers.tokenizer import BOS_ID, EOS_ID, Tokenizer
from engine.work import Work

QUESTIONS = {"kind": "question-answering"}
CHAT = {"kind": "chat"}


def examples_of(project, work=None):
    recipe = project.recipe
    cleaned = Corpus(jobs.clean(project, work or Work()))
    found = Examples(cleaned, recipe.task, recipe.split, recipe.cleaning)
    return [each for split in ("train", "validation", "test") for each in found.of(split)]


def numbered(make):
    return [make(f"Question number {number}?", f"Answer number {number}, said slowly.") for number in range(12)]


SHAPES = {
    "OpenAI": numbered(lambda asked, said: {"messages": [{"role": "system", "content": "Be kind."},
                                                         {"role": "user", "content": asked},
                                                         {"role": "assistant", "content": said}]}),
    "ShareGPT": numbered(lambda asked, said: {"conversations": [{"from": "human", "value": asked},
                                                                {"from": "gpt", "value": said}]}),
    "Alpaca": numbered(lambda asked, said: {"instruction": asked, "input": "", "output": said}),
    "pairs": numbered(lambda asked, said: {"question": asked, "answer": said}),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["chat", "question-answering"])
def test_all_shapes_of_conversations_are_recognised(project, shape, kind):
    found = examples_of(project(SHAPES[shape], task={"kind": kind}))
    assert sorted(each.answer for each in found) == sorted(f"Answer number {n}, said slowly." for n in range(12))
    assert all(each.source.startswith("Question number") for each in found)


def test_of_a_conversation_every_answer_is_learned_and_nothing_else(project):
    turns = [("user", "Good morning to you."), ("assistant", "Good day."), ("user", "Is there tea?"),
             ("assistant", "There is.")]
    rows = [{"messages": [{"role": who, "content": f"{said} {number}"} for who, said in turns]} for number in range(6)]
    example = next(each for each in examples_of(project(rows, task=CHAT)) if each.answer.endswith("5"))
    assert [example.text[begin:end] for begin, end in example.spans] == ["Good day. 5<|end|>", "There is. 5<|end|>"]
    assert example.prompt.endswith("<|user|>Is there tea? 5<|assistant|>") and "Good day. 5" in example.prompt


def test_pairs_of_catalogues_and_tables_can_be_translated_either_way(project):
    po = "\n\n".join(f'msgid "Open the file {n}"\nmsgstr "打开第 {n} 个文件"' for n in range(9))
    found = examples_of(project(po, "app.po", task={"kind": "translation"}))
    assert {each.text for each in found} == {f"<|source|>Open the file {n}<|target|>打开第 {n} 个文件"
                                             for n in range(9)}


def test_backward_turns_the_pairs_round(project):
    csv = "en,zh\n" + "\n".join(f"Close the window {n},关闭第 {n} 个窗口" for n in range(9))
    found = examples_of(project(csv, "pairs.csv", task={"kind": "translation", "direction": "backward"}))
    assert {(each.source, each.answer) for each in found} == {(f"关闭第 {n} 个窗口", f"Close the window {n}")
                                                              for n in range(9)}


def test_what_cleaning_masked_is_masked_in_the_roles_too(project):
    rows = [{"question": f"Who answers in room {number}?", "answer": f"Write  to jane.roe{number}@corp.co.uk, please."}
            for number in range(12)]
    for each in examples_of(project(rows, task=QUESTIONS)):
        assert "corp" not in each.text and each.answer.startswith("Write to ")


def test_documents_without_the_parts_are_left_out_and_counted(project, sums):
    said = []
    made = project([*sums, *({"text": f"Only a text, number {number}."} for number in range(5))], task=QUESTIONS)
    jobs.tokenize(made, Work(said.append))
    notices = [each for each in said if getattr(each, "code", "") == "no-examples"]
    assert [each.values for each in notices] == [{"count": 5, "total": 65}]


def test_data_of_another_shape_are_refused_with_what_they_have(project, sums):
    made = project(sums, task={"kind": "classification"})
    with pytest.raises(EngineError) as caught:
        jobs.tokenize(made, Work())
    assert "text, label" in caught.value.what and "question, answer" in caught.value.expected


def test_too_few_examples_are_refused(project, sums):
    with pytest.raises(EngineError, match="too few"):
        jobs.tokenize(project(sums[:2], task=QUESTIONS), Work())


@pytest.mark.parametrize("settings", [{}, {"markers": "words"}, {"own_format": "{question} -> {answer}"}])
def test_the_files_hold_the_prompt_as_it_is_asked_and_only_the_answer_is_learned(project, sums, settings):
    made = project(sums, task={**QUESTIONS, **settings}, tokenizer={"kind": "bpe", "vocab_size": 420})
    tokenizer_folder, tokens = jobs.tokenize(made, Work())
    tokenizer, file = Tokenizer.load(tokenizer_folder), TokenFile(tokens, "train")
    examples = {each.text: each for each in examples_of(made)}
    learned_bytes = 0
    for number in range(file.documents):
        ids = file.document(number).tolist()
        example = examples[tokenizer.decode(ids)]
        asked = [BOS_ID, *map(int, tokenizer.encode(made.recipe.task.prompt(example.given)))]
        assert ids[:len(asked)] == asked and ids[-1] == EOS_ID
        start = int(file.document_starts[number])
        assert file.mask[start:start + len(ids)].tolist() == [0] * len(asked) + [1] * (len(ids) - len(asked))
        learned_bytes += len(example.text[example.spans[0][0]:].encode())
    assert file.bytes == learned_bytes


def test_the_first_batch_is_what_training_begins_with(project, sums):
    made = project(sums, task=QUESTIONS, tokenizer={"kind": "bpe", "vocab_size": 420},
                   model={"kind": "transformer", "context_length": 32}, training={"batch_size": 5, "seed": 7})
    tokenizer, tokens = jobs.tokenize(made, Work())
    batch = first_batch(tokens, tokenizer, {"recipe": to_plain(made.recipe)})
    assert len(batch.rows) == 5 and batch.windows == 5 and batch.context_length == 32 and not batch.is_assumed
    file = TokenFile(tokens, "train")
    ids = np.asarray(file.ids, dtype=np.int64)
    for row in batch.rows:
        wanted = [token.id for token in row]
        place = next(place for place in range(len(ids) - 31) if ids[place:place + len(wanted)].tolist() == wanted)
        learned = [False, *(file.mask[place + 1:place + len(wanted)] == 1).tolist()]
        assert [token.is_learned for token in row] == learned
    assert 0 < batch.learned < sum(map(len, batch.rows))


def test_another_task_makes_other_tokens_and_continuation_the_same_as_ever(project, sums):
    made = project(sums)
    without = made.fingerprints()
    made.save(recipe=made.recipe.model_validate({**to_plain(made.recipe), "task": QUESTIONS}))
    assert made.fingerprints()["cleaned"] == without["cleaned"]
    assert made.fingerprints()["tokenizer"] != without["tokenizer"]


def test_long_texts_are_cut_at_the_end_of_a_sentence():
    assert cut_to("One here. Two here. Three here.", 22) == "One here. Two here."
    assert cut_to("掌柜在。客官在。都在。", 25) == "掌柜在。客官在。"
    assert cut_to("no sentence ends in here at all", 12) == "no sentence"
    assert cut_to("字" * 20, 31) == "字" * 10 and cut_to("short", 10) == "short"


def test_a_system_column_beside_pairs_is_the_first_turn():
    made = Chat().example_of("x", {"system": "Be kind.", "instruction": "Tea?", "output": "Yes."})
    assert made is not None and made.text.startswith("<|system|>Be kind.") and made.answer == "Yes."


def test_the_end_of_an_own_format_is_no_stop_text_but_belongs_to_no_answer():
    task = QuestionAnswering(own_format="Q: {question} A: {answer}.")
    assert "." not in task.stops and task.answer_of("One. Two.") == "One. Two"
    assert "\nQuestion:" in QuestionAnswering(markers="words").stops
