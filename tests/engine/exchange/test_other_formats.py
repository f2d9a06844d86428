"""ARPA, curves, event logs and reports against other libraries or readers written from the specification."""

from __future__ import annotations

import csv
import json
import math
import random
import re
import struct
from collections import defaultdict
from html.parser import HTMLParser

import numpy as np
import pytest

from engine.cleaning.steps.whitespace import Whitespace
from engine.corpora.language import LANGUAGES
from engine.corpora.manifest import Manifest, SourceFigures, StepFigures
from engine.errors import EngineError
from engine.events import BaselineScored, StepDone, Validated
from engine.exchange.arpa_file import arpa_lines, arpa_words, read_arpa
from engine.exchange.drawing import thinned, ticks
from engine.exchange.event_log import masked_crc
from engine.exchange.exporter import Exporter
from engine.exchange.exporting import export, fitting
from engine.exchange.formats.arpa import Arpa
from engine.exchange.formats.curves import Curves
from engine.exchange.formats.report import Report
from engine.exchange.formats.tensorboard import TensorBoard
from engine.exchange.source import ExportSource
from engine.models.kinds.ngram.spec import NGramSpec
from engine.models.kinds.transformer.spec import TransformerSpec
from engine.runs.folder import RunFolder
from engine.runs.log import LogWriter
from engine.settings import members_of
from engine.work import Work

LLAMA = TransformerSpec(shape="llama", n_layers=1, d_model=16, n_heads=2, context_length=32)


@pytest.fixture
def run(make_run, bpe):
    return make_run(LLAMA, bpe)


def plain_backoff(path):
    """Log probability of the last word of a sequence, by an ARPA file read in the plainest way."""
    scores, weights = {}, defaultdict(float)
    for line in path.read_text("utf-8").split("\n"):
        parts = line.split("\t")
        if len(parts) > 1:
            gram = tuple(parts[1].split(" "))
            scores[gram] = float(parts[0])
            weights[gram] = float(parts[2]) if len(parts) > 2 else 0.0

    def score(gram):
        if gram in scores:
            return scores[gram]
        return score(gram[1:]) + weights[gram[:-1]]
    return score


def test_a_plain_reader_of_arpa_scores_texts_as_the_model_does(run, ngram, bpe, tmp_path, text):
    done = export(ExportSource(run, "baseline"), Arpa(), tmp_path / "out")
    assert done.compared == {"orders": 3, "ngrams": ngram.parameters}
    score = plain_backoff(tmp_path / "out" / "model.arpa")
    words = (tmp_path / "out" / "words.txt").read_text("utf-8").split("\n")
    assert len(set(words[:-1])) == bpe.vocab_size and not any(re.search(r"\s", word) for word in words[:-1])
    assert words[:3] == ["<unk>", "<s>", "</s>"]
    chosen = random.Random(1)
    lines = [*text.split("\n")[:20], *("".join(chosen.choices(text, k=20)) for _ in range(20))]
    for line in lines:
        ids = [1, *bpe.encode(line).tolist(), 2]
        theirs = [-math.log(10) * score(tuple(words[each] for each in ids[max(0, at - 2):at + 1]))
                  for at in range(1, len(ids))]
        assert np.allclose(theirs, ngram.token_losses(np.array(ids)), atol=1e-5)
    context = [1, *bpe.encode("The fox").tolist()]
    assert sum(10 ** score(tuple(words[each] for each in (*context[-2:], token)))
               for token in range(bpe.vocab_size)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(("order", "min_count"), [(1, 1), (2, 1), (5, 1), (4, 3)])
def test_a_model_comes_back_from_arpa_bit_for_bit(bpe, text, order, min_count):
    ids = np.concatenate([[1, *bpe.encode(line), 2] for line in text.split("\n")])
    own = NGramSpec(order=order, min_count=min_count).count(ids, bpe.vocab_size, Work())
    words = arpa_words([bpe.piece(each) for each in range(bpe.vocab_size)])
    read, names = read_arpa((line + "\n" for line in arpa_lines(own, words)), words)
    assert names == words and read.order == order
    for place, (mine, theirs) in enumerate(zip(own.tables, read.tables, strict=True)):
        for name in ("keys", "probability", "back_off")[:3 if place else 2]:  # that of the empty n-gram is not written
            assert np.array_equal(getattr(mine, name), getattr(theirs, name))


FOREIGN = """made by hand

\\data\\
ngram 1=5
ngram 2=3

\\1-grams:
-1.0\t<unk>
-99\t<s>\t-0.30103
-0.5\t</s>
-0.4\ttea\t-0.2
-0.7 fox -0.1

\\2-grams:
-0.1\t<s> tea
-0.3\ttea fox
-0.2\tfox </s>

\\end\\
"""


def test_a_file_of_another_program_is_read_with_its_own_words():
    model, names = read_arpa(FOREIGN.splitlines(keepends=True))
    assert names == ["<unk>", "<s>", "</s>", "<pad>", "tea", "fox"]
    found = model.token_losses(np.array([1, 4, 5, 2, 5])) / math.log(10)
    assert found[:3] == pytest.approx([0.1, 0.3, 0.2])
    assert model.token_losses(np.array([1, 5]))[0] / math.log(10) == pytest.approx(0.7 + 0.30103)


@pytest.mark.parametrize(("old", "new"), [
    ("tea fox", "tea cup"), ("<s> tea", "cup tea"), ("ngram 2=3", "ngram 2=4"), ("ngram 2=3", "ngram 3=3"),
    ("-0.3\t", "0.3\t"), ("-0.3\t", "nan\t"), ("-0.3\t", "x\t"), ("\\end\\", ""), ("\\data\\", ""),
    ("tea fox", "<s> tea"), ("-0.7 fox", "-0.7 a fox"), ("-0.2\tfox", "-0.2\t" + "x" * 70_000)])
def test_a_damaged_file_is_refused_with_its_line(old, new):
    with pytest.raises(EngineError, match=r"Line \d+ of the ARPA file"):
        read_arpa(FOREIGN.replace(old, new, 1).splitlines(keepends=True))


def test_curves_are_the_points_of_the_log(run, tmp_path):
    done = export(ExportSource(run), Curves(), tmp_path / "out")
    assert done.compared == {"training": 20, "validation": 2, "baselines": 1}
    with open(tmp_path / "out" / "training.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [6 - n / 10 for n in range(1, 21)]
    assert json.loads((tmp_path / "out" / "curves.json").read_text("utf-8"))["validation"][1]["bits_per_byte"] == 2.25


def slow_masked_crc(content):
    """CRC-32C by long division of its polynomial, then the mask of the TFRecord format."""
    register = 0xFFFFFFFF
    for byte in content:
        for bit in range(8):
            carry = (register ^ byte >> bit) & 1
            register = register >> 1 ^ (0x82F63B78 if carry else 0)
    register ^= 0xFFFFFFFF
    return ((register >> 15 | register << 17 & 0xFFFFFFFF) + 0xA282EAD8) % 2 ** 32


def message(content):
    """Fields of a protocol buffer as {number: [values]}, by the encoding's own document."""
    found, at = defaultdict(list), 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = content[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if not byte & 128:
                return value
    while at < len(content):
        key = number()
        if key & 7 == 0:
            found[key >> 3].append(number())
            continue
        size = {1: 8, 5: 4}.get(key & 7) or number()
        found[key >> 3].append(content[at:at + size])
        at += size
    return found


def test_the_checksum_is_that_of_the_standard():
    assert (masked_crc(b"123456789") - 0xA282EAD8) % 2 ** 32 == (0xE3069283 >> 15 | 0xE3069283 << 17) & 0xFFFFFFFF
    assert all(masked_crc(bytes(range(n))) == slow_masked_crc(bytes(range(n))) for n in range(40))


def test_an_event_log_holds_every_point_and_every_sample(run, tmp_path):
    done = export(ExportSource(run), TensorBoard(), tmp_path / "out")
    content = next((tmp_path / "out" / "run-1").glob("events.out.tfevents.*")).read_bytes()
    events, at = [], 0
    while at < len(content):
        (size,) = struct.unpack_from("<Q", content, at)
        assert struct.unpack_from("<I", content, at + 8)[0] == slow_masked_crc(content[at:at + 8])
        body = content[at + 12:at + 12 + size]
        assert struct.unpack_from("<I", content, at + 12 + size)[0] == slow_masked_crc(body)
        events.append(message(body))
        at += 16 + size
    assert events[0][3] == [b"brain.Event:2"]
    curves, texts = defaultdict(list), defaultdict(list)
    for event in events[1:]:
        value = message(message(event[5][0])[1][0])
        tag = value[1][0].decode()
        if 2 in value:
            curves[tag].append(((event[2] or [0])[0], struct.unpack("<f", value[2][0])[0]))
        else:
            assert message(message(value[9][0])[1][0])[1] == [b"text"] and message(value[8][0])[1] == [7]
            texts[tag].append(message(value[8][0])[8][0].decode())
    assert curves["training/loss"] == [(n, pytest.approx(6 - n / 10)) for n in range(1, 21)]
    assert curves["validation/bits_per_byte"] == [(10, 2.625), (20, 2.25)]
    assert "fox & 喝茶 </script>" in texts["sample"][0] and "n_layers = 1" in texts["settings"][0]
    assert done.compared["points"] == sum(map(len, curves.values()))
    assert struct.unpack("<d", events[1][1][0])[0] == 1_790_000_000.5


def test_tensorboard_itself_reads_the_log(run, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    export(ExportSource(run), TensorBoard(), tmp_path / "out")
    read = accumulator.EventAccumulator(str(tmp_path / "out" / "run-1"))
    read.Reload()
    assert [(each.step, each.value) for each in read.Scalars("validation/loss")] == [(10, 5.25), (20, 4.5)]


@pytest.fixture
def data(run):
    """The figures of a corpus beside the run."""
    folder = run.parent.parent / "stages" / "cleaned-abc"
    folder.mkdir(parents=True)
    Manifest(documents=7, characters=1234, languages={"en": 1000, "zh": 234}, sources=(
        SourceFigures("a", "<img src=x>|tea.txt", "file", "CC0", 7, 1234),),
        steps=(StepFigures("whitespace", Whitespace.title, 7, 1234, 3, 1),)).save(folder)
    settings = RunFolder(run).settings()
    RunFolder(run).write_settings({**settings, "fingerprints": {"cleaned": "abc"}})


class Strict(HTMLParser):
    """Notes all tags, and fails where one is closed that was not open."""

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.text = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on") or name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, words):
        self.text.append(words)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_report_is_whole_escaped_and_reaches_nowhere(run, data, tmp_path, language):
    export(ExportSource(run), Report(language=language), tmp_path / language)
    page = (tmp_path / language / "report.html").read_text("utf-8")
    read = Strict()
    read.feed(page)
    assert not read.open and not read.tags & {"script", "a", "img", "link", "iframe"}
    assert not re.search(r"https?:|url\(|@import", page)
    words = " ".join(read.text)
    assert "fox & 喝茶 </script>" in words and "<img src=x>|tea.txt" in words and "Tea <and> & 茶" in words
    assert "2.2500" in words and "12,345" in words and "CC0" in words and "polyline" in read.tags
    assert ("没有测量的" in words) == (language == "zh") and ("Not measured" in words) == (language == "en")


def test_a_chinese_report_leaves_no_words_of_its_own_in_english(run, data, tmp_path):
    export(ExportSource(run), Report(language="zh"), tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    shown = re.findall(r"<(?:h2|h3|th|li)[^>]*>([^<]*)", page)
    shown += re.findall(r"<tr><td>([^<]*)", page.split("<h2>设置")[0])
    english = [words for words in shown if words and not re.search("[\u4e00-\u9fff]", words)]
    assert english == ["&lt;img src=x&gt;|tea.txt"]
    assert LANGUAGES["zh"] not in page


def test_the_axis_has_round_numbers_and_long_curves_keep_their_peaks():
    assert ticks(0, 100) == [0, 20, 40, 60, 80, 100] and ticks(1.93, 2.31) == [2.0, 2.1, 2.2, 2.3]
    long = [(float(n), math.sin(n)) for n in range(100_000)]
    long[77_777] = (77_777.0, 50.0)
    kept = thinned(long)
    assert len(kept) < 700 and (77_777.0, 50.0) in kept and kept[0] == long[0] and kept[-1] == long[-1]


@pytest.mark.parametrize("kind", members_of(Exporter), ids=lambda kind: kind.kind)
class TestEveryFormat:
    def source(self, kind, run):
        return ExportSource(run, "baseline" if kind is Arpa else "best")

    def test_fits_a_run_says_what_it_compared_and_lists_its_files(self, kind, run, tmp_path):
        (tmp_path / "out").mkdir()  # an empty folder is as good as none
        done = export(self.source(kind, run), kind(), tmp_path / "out")
        assert done.compared and done.files
        assert all((tmp_path / "out" / name).stat().st_size == size for name, size in done.files.items())

    def test_leaves_a_folder_alone_that_holds_something(self, kind, run, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "mine.txt").write_text("mine")
        with pytest.raises(EngineError, match="holds something already"):
            export(self.source(kind, run), kind(), tmp_path / "out")
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]

    def test_says_why_where_it_does_not_fit(self, kind, make_run, bpe):
        spec = TransformerSpec(n_layers=1, d_model=16, n_heads=2, context_length=16)
        refusal = fitting(ExportSource(make_run(spec, bpe)))[kind.kind]
        assert (refusal is None) == (kind.kind in ("curves", "tensorboard", "report", "capsule"))
        assert refusal is None or (refusal.what and refusal.expected and refusal.fix)

    def test_names_its_source(self, kind):
        assert "Source:" in (kind.__doc__ or "")


def test_a_run_whose_losses_became_no_numbers_is_told_of_all_the_same(run, tmp_path):
    folder = RunFolder(run)
    log = LogWriter(folder.log)
    log.append(BaselineScored(title="bad", loss=math.nan, bits_per_byte=math.nan),
               StepDone(step=21, tokens=1400, loss=math.nan, bits_per_byte=math.inf, learning_rate=0.1,
                        gradient_norm=math.inf, tokens_per_second=1.0, memory_bytes=1),
               Validated(step=21, loss=math.nan, bits_per_byte=math.nan, is_best=False))
    log.close()
    for kind in (Curves, TensorBoard, Report):
        assert export(ExportSource(run), kind(), tmp_path / kind.kind).compared
    with open(tmp_path / "curves" / "validation.csv", encoding="utf-8", newline="") as file:
        assert [row["loss"] for row in csv.DictReader(file)] == ["5.25", "4.5", ""]


def test_a_run_without_a_checkpoint_still_lists_what_fits(run):
    for path in (run / "checkpoints").iterdir():
        path.unlink()
    fits = {kind for kind, refusal in fitting(ExportSource(run)).items() if refusal is None}
    assert fits == {"curves", "tensorboard"}


def test_what_is_not_a_run_is_refused(tmp_path):
    with pytest.raises(EngineError, match="is not a run"):
        ExportSource(tmp_path)
