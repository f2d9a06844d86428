"""The playground's process: its answers, and that nothing it hears ends it."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from itertools import pairwise

import numpy as np
import pytest

from engine.generation.request import MAX_CHARACTERS
from engine.generation.talker import Talker
from engine.settings import to_plain
from engine.training.checkpoint import MODEL, Checkpoint, checkpoint_path, save

SAMPLING = {"max_tokens": 12, "temperature": 1, "top_k": 100000, "top_p": 1, "seed": 7}


class Conversation:
    """Asks a Talker in this process, one request after another, and sorts the answers by id."""

    def __init__(self):
        self.answers = []
        self.talker = Talker(self.answers.append)
        self.n_asked = 0

    def ask(self, verb, **values):
        """All answers to one request."""
        self.n_asked += 1
        self.say(json.dumps({"id": self.n_asked, "verb": verb, **values}))
        return [each for each in self.answers if each["id"] == self.n_asked]

    def say(self, line):
        """Answers that a line brings about."""
        before = len(self.answers)
        self.talker.hear(line)
        self.talker.close()
        self.talker.answer_all()
        return self.answers[before:]


@pytest.fixture
def conversation():
    return Conversation()


@pytest.fixture
def ask(conversation, run):
    """Ask about the run; gives the last answer, which must be `done`, with the ones before it."""
    def asked(verb, **values):
        *before, last = conversation.ask(verb, run=str(run.path), **values)
        assert "done" in last, last
        return last["done"], before
    return asked


def test_tells_which_checkpoints_there_are_and_which_model_it_loaded(ask, run, tokenizer):
    done, _ = ask("checkpoints")
    assert [each["checkpoint"] for each in done["checkpoints"]] == ["step-10", "step-20", "step-30"]
    done, _ = ask("load", checkpoint="last")
    assert done == {"run": str(run.path), "title": "run-1", "checkpoint": "last", "step": 30, "kind": "transformer",
                    "vocab_size": tokenizer.vocab_size, "context_length": 24}


def test_writes_tokens_whose_texts_add_up(ask, tokenizer):
    done, (started, *lines) = ask("generate", text="The fox", sampling=SAMPLING)
    assert started["started"]["ids"] == [int(each) for each in tokenizer.encode("The fox")]
    assert started["started"]["text"] == "The fox"
    assert done["tokens"] == len(lines) <= 12
    text = "".join(line["text"] for line in lines) + done["rest"]
    assert text == tokenizer.decode([line["token"]["id"] for line in lines])
    assert all(before["token"]["end"] == after["token"]["start"] for before, after in pairwise(lines))
    bits = sum(line["token"]["bits"] for line in lines)
    assert done["bits_per_byte"] == pytest.approx(bits / len(text.encode()))
    _, (_, *same) = ask("generate", text="The fox", sampling=SAMPLING)
    assert [line["token"] for line in same] == [line["token"] for line in lines]


def test_clicking_an_alternative_goes_on_from_there(ask, tokenizer):
    _, (started, *lines) = ask("generate", text="The fox", sampling=SAMPLING)
    ids = started["started"]["ids"] + [line["token"]["id"] for line in lines]
    place = len(started["started"]["ids"]) + 2
    other = next(a["id"] for a in lines[2]["token"]["alternatives"] if a["id"] not in (0, 1, 2, 3, ids[place]))
    _, (replaced, *_) = ask("generate", ids=ids, replace={"index": place, "id": other}, sampling=SAMPLING)
    assert replaced["started"]["ids"] == [*ids[:place], other]
    assert replaced["started"]["text"] == tokenizer.decode([*ids[:place], other])


def test_inspecting_a_token_shows_what_writing_it_showed(ask):
    _, (started, *lines) = ask("generate", text="The fox", sampling=SAMPLING)
    ids = started["started"]["ids"] + [line["token"]["id"] for line in lines]
    place = len(started["started"]["ids"]) + 3
    done, _ = ask("inspect", ids=ids, index=place, count=8)
    written = lines[3]["token"]
    assert (done["id"], done["rank"], done["is_next"]) == (written["id"], written["rank"], False)
    assert done["bits"] == pytest.approx(written["bits"], abs=1e-4)
    assert [a["id"] for a in done["alternatives"]] == [a["id"] for a in written["alternatives"]]
    shown = sum(a["probability"] for a in done["alternatives"])
    assert done["others"]["probability"] == pytest.approx(1 - shown)
    assert done["others"]["count"] == 400 - 8


def test_inspecting_after_the_last_token_shows_what_comes_next_and_what_the_sliders_allow(ask):
    done, _ = ask("inspect", text="The", count=5, sampling={"top_k": 2, "repetition_penalty": 1})
    assert done["is_next"] and done["rank"] == 1
    assert sum(a["kept"] for a in done["alternatives"]) <= 2


def test_scores_a_text(ask, loaded):
    done, _ = ask("score", text="The fox 掌柜")
    assert done["bits_per_byte"] == pytest.approx(sum(t["bits"] for t in done["tokens"]) / done["bytes"])
    assert done["n_tokens"] == len(done["tokens"])
    totals, _ = ask("score", text="The fox 掌柜", details=False)
    assert totals["tokens"] == [] and totals["total_bits"] == pytest.approx(done["total_bits"])


def test_says_how_much_of_a_long_prompt_is_out_of_reach(ask):
    _, (started, *_) = ask("generate", text="The fox " * 30, sampling=SAMPLING)
    lost = started["started"]["out_of_reach"]
    assert 0 < lost["tokens"] < len(started["started"]["ids"])
    assert 0 < lost["characters"] < 240
    _, (started, *_) = ask("generate", text="The fox", sampling=SAMPLING)
    assert started["started"]["out_of_reach"] == {"tokens": 0, "characters": 0}


def test_a_newer_checkpoint_answers_as_soon_as_it_is_there(ask, add_checkpoint):
    assert ask("load", checkpoint="last")[0]["step"] == 30
    add_checkpoint(40)
    assert ask("load", checkpoint="last")[0]["step"] == 40


HOSTILE = [
    b"", b"\x00", b"\xff\xfe{}", b"{", b"[]", b"null", b"3", b'"x"', b"{}", b'{"id": 1}', b'{"verb": "load"}',
    b'{"id": [1], "verb": "load"}', b'{"id": true, "verb": "load"}', b'{"id": 1e400, "verb": "load"}',
    b'{"id": 1, "verb": ["load"]}', b'{"id": 1, "verb": "__init__"}', b'{"id": 1, "verb": "load", "run": 5}',
    b'{"id": 1, "verb": "load", "run": "/nowhere"}', b'{"id": 1, "verb": "load", "run": "\\u0000"}',
    b'{"id": 1, "verb": "load", "run": "' + b"x" * 5000 + b'"}', b"[" * 100_000, b'{"a":' * 100_000,
    b'{"id": 1, "verb": "generate", "run": "RUN", "text": NaN}',
]
WRONG = [
    ("generate", {}, "text or ids"), ("generate", {"text": "a", "ids": [5]}, "text or ids"),
    ("generate", {"ids": [10**9]}, "no token 1000000000"), ("generate", {"ids": [-1]}, "no token -1"),
    ("generate", {"ids": ["x"]}, "ids.0"), ("generate", {"text": 5}, "text"),
    ("generate", {"text": "a", "replace": {"index": 10**9, "id": 5}}, "no token 1000000000"),
    ("generate", {"text": "a", "replace": {"index": 0, "id": 10**30}}, "no token 1000"),
    ("generate", {"text": "a", "replace": [0, 5]}, "replace"),
    ("generate", {"text": "a", "sampling": {"max_tokens": 10**12}}, "max_tokens"),
    ("generate", {"text": "a", "sampling": {"max_tokens": -1}}, "max_tokens"),
    ("generate", {"text": "a", "sampling": {"temperature": "hot"}}, "temperature"),
    ("generate", {"text": "a", "sampling": {"stop": ["x"] * 10**5}}, "stop"),
    ("generate", {"text": "a", "sampling": {"stop": [""]}}, "stop"),
    ("generate", {"text": "a", "sampling": {"n": 10**6}}, "not a setting"),
    ("generate", {"text": "a", "sampling": []}, "sampling"), ("generate", {"text": "a", "n": 1}, "not a setting"),
    ("generate", {"text": "x" * (MAX_CHARACTERS + 1)}, "text"), ("inspect", {"text": "a", "index": 50}, "no token 50"),
    ("inspect", {"text": "a", "index": -1}, "index"), ("inspect", {"text": "a", "count": 10**9}, "count"),
    ("score", {"text": ""}, "no text"), ("score", {}, "text"), ("load", {"checkpoint": "step-99"}, "no checkpoint"),
    ("load", {"checkpoint": 5}, "checkpoint"), ("load", {"checkpoint": "../../x"}, "no checkpoint"),
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_line_that_is_no_request_gets_one_error_and_the_next_is_answered(conversation, run, line):
    answers = conversation.say(line)
    assert len(answers) == 1
    assert answers[0]["error"]["what"] and "fault in itself" not in answers[0]["error"]["what"]
    assert "done" in conversation.ask("checkpoints", run=str(run.path))[-1]


@pytest.mark.parametrize(("verb", "values", "named"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_request_gets_one_error_that_names_what_is_wrong(conversation, run, verb, values, named):
    answers = conversation.ask(verb, **{"run": str(run.path), **values})
    assert [list(each) for each in answers] == [["id", "error"]]
    assert named in answers[0]["error"]["what"]
    assert "fault in itself" not in answers[0]["error"]["what"]


def test_a_fault_of_its_own_is_answered_and_does_not_end_it(conversation, run, monkeypatch, capsys):
    monkeypatch.setattr("engine.generation.answers.checkpoints_of", lambda run: 1 / 0)
    error = conversation.ask("checkpoints", run=str(run.path))[-1]["error"]
    assert "fault in itself: ZeroDivisionError" in error["what"]
    assert "Traceback" in capsys.readouterr().err
    assert "done" in conversation.ask("load", run=str(run.path))[-1]


def test_running_out_of_memory_is_said(conversation, run, monkeypatch):
    def too_much(path):
        raise MemoryError

    monkeypatch.setattr("engine.generation.answers.checkpoints_of", too_much)
    assert "memory" in conversation.ask("checkpoints", run=str(run.path))[-1]["error"]["what"]


def test_a_request_is_called_back_while_it_is_answered(run):
    answers, enough = [], threading.Event()

    def say(answer):
        answers.append(answer)
        if len([each for each in answers if "token" in each]) == 3 and not enough.is_set():
            enough.set()
            talker.hear(json.dumps({"id": "c", "verb": "cancel", "request": 1}))

    talker = Talker(say)
    for number in (1, 2):
        talker.hear(json.dumps({"id": number, "verb": "generate", "run": str(run.path), "text": "The",
                                "sampling": {**SAMPLING, "max_tokens": 30 if number == 2 else 100_000}}))
    thread = threading.Thread(target=talker.answer_all)
    thread.start()
    assert enough.wait(30)
    talker.close()
    thread.join(30)
    ends = {each["id"]: each["done"] for each in answers if "done" in each}
    assert ends["c"] == {"cancelled": 1}
    assert (ends[1]["reason"], ends[1]["tokens"]) == ("cancelled", 3)
    assert ends[2]["reason"] in ("length", "end")


def test_a_request_called_back_before_its_turn_is_not_begun(run):
    answers = []
    talker = Talker(answers.append)
    talker.hear(json.dumps({"id": 1, "verb": "score", "run": str(run.path), "text": "The"}))
    talker.hear(json.dumps({"id": 2, "verb": "cancel"}))
    talker.close()
    talker.answer_all()
    assert answers == [{"id": 2, "done": {"cancelled": 1}}, {"id": 1, "done": {"reason": "cancelled"}}]


@pytest.mark.parametrize(("verb", "details"), [("generate", {}), ("inspect", {}), ("score", {}),
                                               ("score", {"details": False})])
def test_a_model_that_went_astray_is_named(conversation, run, tokenizer, transformer_spec, verb, details):
    write_astray(run, transformer_spec, tokenizer.vocab_size)
    answers = conversation.ask(verb, run=str(run.path), checkpoint="step-50", text="The", **details)
    assert "no token a probability" in answers[-1]["error"]["what"]


def write_astray(run, spec, vocab_size):
    """A checkpoint whose weights are no numbers, as after a training that blew up."""
    model = spec.build(vocab_size, 1).language_model()
    tensors = {MODEL + name: np.full(each.shape, math.nan, np.float32) for name, each in model.tensors().items()}
    state = {"why": "time", "step": 50, "loss": None, "model": to_plain(spec), "vocab_size": vocab_size}
    save(checkpoint_path(run.checkpoints, 50), Checkpoint(tensors, state))


SERVE = "import sys; from engine.generation.talk import serve; sys.exit(serve())"


def test_the_process_answers_lines_of_any_kind_and_ends_with_its_input(run):
    good = json.dumps({"id": "好", "verb": "generate", "run": str(run.path), "text": "The", "sampling": SAMPLING})
    lines = [*(line for line in HOSTILE if line.strip()), good.encode()]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=environment)
    process.stdin.write(b"\n".join(lines) + b"\n")
    process.stdin.flush()
    answers = []
    while not (answers and answers[-1]["id"] == "好" and "done" in answers[-1]):
        answers.append(json.loads(process.stdout.readline()))
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, b"", b"")
    assert answers[0] == {"id": None, "done": {"ready": True, "process": process.pid}}
    assert len([each for each in answers if "error" in each]) == len(lines) - 1
