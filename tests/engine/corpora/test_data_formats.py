"""Tables, translations, wiki dumps and web archives: what comes out equals what other libraries read."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
import sys
import tracemalloc
from pathlib import Path
from xml.etree import ElementTree as Tree

import polib
import pyarrow
import pyarrow.parquet
import pytest
import warcio

from engine.corpora import reasons
from engine.corpora.columns import chosen, found_in
from engine.corpora.datasets import split_of
from engine.corpora.document import Document, Skipped
from engine.corpora.files import ReadOptions
from engine.corpora.reader import read_file
from engine.corpora.sources.file import FileSource
from engine.corpora.sources.folder import FolderSource
from engine.corpora.wikitext import prose
from engine.work import Work
from tests.data import make_data as data

FORMATS = Path(data.FOLDER)


def read(path, content=None, **options):
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = list(read_file(path, path.name, ReadOptions(**options)))
    return ([each for each in found if isinstance(each, Document)],
            {each.name: each.reason for each in found if isinstance(each, Skipped)})


def roles_in(path, **options):
    return [each.metadata["roles"] for each in read(path, **options)[0]]


class TestTables:
    @pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.zst", "rows.csv", "rows.tsv", "rows.parquet",
                                      "rows.arrow", "rows.feather"])
    def test_every_format_gives_the_same_questions_and_answers(self, name):
        found, why = read(FORMATS / name)
        assert [each.metadata["roles"] for each in found] == data.QUESTIONS and why == {}
        assert found[0].text == "What do bees make?\nHoney and wax."
        assert found[0].metadata["field"] == "question, answer"

    def test_a_chosen_column_is_obeyed_and_a_wrong_name_lists_those_that_exist(self):
        for name in ("rows.csv", "rows.parquet", "rows.arrow", "rows.jsonl"):
            found, _ = read(FORMATS / name, text_field="answer")
            assert [each.text for each in found] == [row["answer"] for row in data.QUESTIONS]
            assert roles_in(FORMATS / name, columns="source=answer, target = question")[0] == {
                "source": "Honey and wax.", "target": "What do bees make?"}
            found, why = read(FORMATS / name, columns="antwort")
            (told, reason), = why.items()
            assert not found and reason == reasons.NO_COLUMN.what and "question, answer" in told

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_delimiter_and_headings_are_found(self, delimiter, tmp_path):
        out = io.StringIO()
        rows = [[str(number), f"A text, no {number}; with | marks\tand \"quotes\" " * 3, "x"] for number in range(30)]
        csv.writer(out, delimiter=delimiter).writerows([["no", "words", "kind"], *rows])
        found, why = read(tmp_path / "a.csv", out.getvalue())
        assert [each.text for each in found] == [row[1] for row in rows] and why == {}
        assert found[0].metadata["field"] == "words"

    def test_a_table_without_headings_loses_no_row(self, tmp_path):
        rows = [["The first text of all", "12"], ["The second text", "7"], ["A third one", "9"]]
        found, _ = read(tmp_path / "a.csv", "\n".join(",".join(row) for row in rows))
        assert [each.text for each in found] == [row[0] for row in rows]
        assert found[0].metadata["field"] == "column 1"

    def test_tabs_without_quotes_keep_quotes_that_stand_in_the_text(self, tmp_path):
        found, why = read(tmp_path / "a.tsv", 'text\tlabel\n"Stop, he said\t1\nand went" away\t0\nthe end\t1\n')
        assert [each.text for each in found] == ['"Stop, he said', 'and went" away', "the end"] and why == {}
        assert [each.metadata["roles"]["label"] for each in found] == ["1", "0", "1"]

    def test_bad_rows_are_counted_and_good_rows_kept(self, tmp_path):
        long = "x" * 300_000
        found, why = read(tmp_path / "a.csv", f"id,text\n1,one\n2,two,too,many\n3,{long}\n4,fo\0ur\n")
        assert [each.text for each in found] == ["one", long, "four"]
        assert why == {"a.csv (1)": reasons.BAD_RECORD.what}

    @pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig", "big5"])
    def test_tables_in_other_encodings_are_read(self, encoding, tmp_path):
        table = "問題,回答\n" + "月亮什麼時候最圓,農曆十五前後\n" * 20
        found, _ = read(tmp_path / "a.csv", table.encode(encoding))
        assert [each.text for each in found] == ["月亮什麼時候最圓\n農曆十五前後"] * 20

    def test_csv_equals_what_python_reads_whatever_stands_in_the_cells(self, tmp_path):
        chance = random.Random(5)
        alphabet = 'ab ,;"\n\t|月。'
        rows = [{"id": str(number), "text": "x" + "".join(chance.choices(alphabet, k=chance.randrange(30)))}
                for number in range(500)]
        out = io.StringIO()
        writer = csv.DictWriter(out, ["id", "text"])
        writer.writeheader()
        writer.writerows(rows)
        assert [each.text for each in read(tmp_path / "a.csv", out.getvalue())[0]] == [row["text"] for row in rows]

    def test_without_pyarrow_the_reason_names_what_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
        found, = list(read_file(FORMATS / "rows.parquet", "rows.parquet", ReadOptions()))
        assert found.fix == "Install it with: pip install 'wenlu[parquet]'."


class TestJson:
    def test_what_python_writes_though_json_forbids_it_is_read(self, tmp_path):
        rows = ['{"text": "one", "score": NaN}', '{"text": "two", "n": ' + "9" * 400 + "}",
                '{"text": "\\ud83d\\ude00"}',
                '{"text": "bad", "n": ' + "9" * 5000 + "}", '{"text": ' + "[" * 3000 + "]" * 3000 + "}"]
        found, why = read(tmp_path / "a.jsonl", "\n".join(rows))
        assert [each.text for each in found] == ["one", "two", "😀"]
        assert sum(int(name.split("(")[1][:-1]) for name in why) == 2

    def test_a_list_too_large_to_be_held_is_read_entry_by_entry(self, tmp_path, monkeypatch):
        monkeypatch.setattr("engine.corpora.readers.jsonl._whole", lambda file: None)
        rows = [{"text": f"Row {number}, 月", "n": [number, {"a": None}]} for number in range(30_000)]
        found, why = read(tmp_path / "a.json", json.dumps(rows, indent=1))
        assert [each.text for each in found] == [row["text"] for row in rows] and why == {}
        found, why = read(tmp_path / "a.json", json.dumps(rows)[:-1000])
        assert len(found) > 29_900 and list(why.values()) == [reasons.BAD_ROW.what]

    def test_an_object_around_a_list_of_rows_is_opened(self, tmp_path):
        found, _ = read(tmp_path / "a.json", json.dumps({"version": "1", "data": [{"text": "one"}, {"text": "two"}]}))
        assert [each.text for each in found] == ["one", "two"]


class TestColumns:
    @pytest.mark.parametrize("row, words, text", [
        ({"id": 1, "text": "words"}, "text", "words"),
        ({"Question": "Why?", "Answer": "So.", "id": "7"}, "question=Question, answer=Answer", "Why?\nSo."),
        ({"question": "Why?", "answers": {"text": ["So.", "Thus."], "answer_start": [1, 2]}, "context": "It is so."},
         "context=context, question=question, answer=answers", "It is so.\nWhy?\nSo."),
        ({"instruction": "Add.", "input": "", "output": "3"}, "instruction, input, output", "Add.\n3"),
        ({"instruction": "Add.", "input": "1 2", "output": "3"}, "instruction, input, output", "Add.\n1 2\n3"),
        ({"article": "Long words.", "highlights": "Short.", "id": "x"}, "document=article, summary=highlights",
         "Long words.\nShort."),
        ({"src": "Tea", "tgt": "茶"}, "source=src, target=tgt", "Tea\n茶"),
        ({"id": 3, "zh": "茶", "en": "Tea"}, "source=zh, target=en", "茶\nTea"),
        ({"translation": {"en": "Tea", "zh": "茶"}}, "translation", "Tea\n茶"),
        ({"text": "Nice.", "label": 1}, "text, label", "Nice."),
        ({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [
            {"type": "text", "text": "Hello"}, {"type": "image"}]}]}, "messages", "Hi\nHello"),
        ({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes?"},
                            {"from": "human", "value": "Bye"}]}, "conversations", "Hi\nYes?\nBye"),
        ({"prompt": "Once", "completion": " upon"}, "prompt, completion", "Once\n upon"),
    ])
    def test_known_shapes_are_found(self, row, words, text, tmp_path):
        found, why = read(tmp_path / "a.jsonl", json.dumps(row))
        assert [each.text for each in found] == [text] and why == {}
        told = found[0].metadata["field"]
        assert told == words or told == ", ".join(part.split("=")[-1] for part in words.split(", "))

    def test_turns_of_a_conversation_keep_their_speakers(self, tmp_path):
        row = {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes?"},
                                 {"from": "human", "value": "Bye"}]}
        found, _ = read(tmp_path / "a.jsonl", json.dumps(row))
        assert found[0].metadata["roles"] == {"user": "Hi", "assistant": "Yes?", "user 2": "Bye"}

    def test_the_columns_chosen_for_a_source_are_those_that_are_read(self):
        source = FileSource(path=str(FORMATS / "rows.csv"), columns="source=answer, target=question")
        assert next(iter(source.read(Work()))).text == "Honey and wax.\nWhat do bees make?"

    def test_what_a_user_writes_is_understood(self):
        assert chosen("source=en, target = zh").roles == (("source", "en"), ("target", "zh"))
        assert chosen("question，answer").roles == (("question", "question"), ("answer", "answer"))
        assert chosen("story").roles == (("text", "story"),) == chosen("text=story").roles
        assert found_in({"a": 1, "b": None}) is None and found_in(5) is None


PAIRS = [{"source": source, "target": target} for source, target in data.PAIRS]


class TestTranslations:
    def test_messages_are_those_that_polib_reads(self):
        file = polib.pofile(str(FORMATS / "app.po"))
        expected = []
        for entry in file:
            if entry.translated() and not entry.obsolete and "fuzzy" not in entry.flags:
                forms = list(entry.msgstr_plural.values()) or [entry.msgstr]
                expected.append((entry.msgid, forms[0]))
                expected += [(entry.msgid_plural, forms[-1])] if entry.msgid_plural else []
        found, why = read(FORMATS / "app.po")
        assert [tuple(each.metadata["roles"].values()) for each in found] == expected
        assert why == {"app.po (2)": reasons.NOT_TRANSLATED.what}

    def test_units_of_a_memory_are_pairs_with_the_source_first(self):
        found, why = read(FORMATS / "memory.tmx")
        assert [each.metadata["roles"] for each in found] == PAIRS
        assert found[0].metadata["field"] == "source=en, target=zh-cn"
        assert why == {"memory.tmx (1)": reasons.NOT_TRANSLATED.what}
        assert roles_in(FORMATS / "memory.tmx", columns="source=zh-cn, target=en")[0] == {
            "source": PAIRS[0]["target"], "target": PAIRS[0]["source"]}

    @pytest.mark.parametrize("name", ["app.xlf", "app2.xliff"])
    def test_units_of_xliff_are_what_a_tree_of_the_file_shows(self, name):
        tree = Tree.parse(FORMATS / name).getroot()
        parts = [part for unit in tree.iter() if unit.tag.endswith(("trans-unit", "segment")) for part in unit]
        texts = [("".join(part.itertext()), part.tag.rpartition("}")[2]) for part in parts
                 if part.tag.endswith(("source", "target"))]
        pairs = [(text, texts[place + 1][0]) for place, (text, tag) in enumerate(texts[:-1])
                 if tag == "source" and texts[place + 1][1] == "target"]
        assert [tuple(roles.values()) for roles in roles_in(FORMATS / name)] == pairs == data.PAIRS

    def test_entities_and_other_files_are_refused(self, tmp_path):
        (tmp_path / "secret.txt").write_text("secret")
        bombs = ('<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">', f'<!ENTITY b SYSTEM "{tmp_path / "secret.txt"}">',
                 f'<!ENTITY % b SYSTEM "file://{tmp_path / "secret.txt"}"> %b;')
        for declared in bombs:
            found, why = read(tmp_path / "a.tmx", f'<!DOCTYPE tmx [{declared}]><tmx><body><tu><tuv xml:lang="en"><seg>'
                              '&b;</seg></tuv><tuv xml:lang="zh"><seg>x</seg></tuv></tu></body></tmx>')
            assert not found and why == {"a.tmx": reasons.UNSAFE_XML.what}

    def test_any_other_xml_is_read_as_text(self, tmp_path):
        assert read(tmp_path / "a.xml", "<poem>月落乌啼</poem>")[0][0].metadata["format"] == "text"


class TestWiki:
    def test_articles_come_as_prose_with_their_titles_and_the_rest_is_counted(self):
        found, why = read(FORMATS / "wiki.xml.bz2")
        assert {each.metadata["title"]: each.text for each in found} == {
            title: text for title, (_, text) in data.ARTICLES.items()}
        tree = Tree.fromstring(bz2.decompress((FORMATS / "wiki.xml.bz2").read_bytes()))
        pages = len([each for each in tree if each.tag.endswith("page")])
        assert why == {f"wiki.xml.bz2 ({pages - len(found)})": reasons.NO_ARTICLES.what}

    @pytest.mark.parametrize("wikitext, text", [
        ("'''''Bold'' and''' [[a|b]]s [[c]] [[:File:d.jpg]]", "Bold and bs c File:d.jpg"),
        ("{{a|{{b|[[c]]}}|d={{{1|x}}}}}Words{{e}}", "Words"),
        ("{|\n|a\n{|\n|b\n|}\n|}\nWords", "Words"),
        ("{{box\n|a=1\n|}}Words", "Words"),
        ("[[File:a.jpg|thumb|A [[cup|mug]] {{x}}]]Words [[fr:Thé]]", "Words"),
        ("Words<ref>note</ref><ref name=x/> more<!-- c -->", "Words more"),
        ("<math>x^2</math>Words<br>next &amp; last&nbsp;one", "Words\nnext & last one"),
        ("[http://x.org the site] [//y.org] [mailto:x]", "the site"),
        ("== A ==\n=== B ===\nwords\n== C ==\n== D ==\n", "A\nB\nwords"),
        ("{{never closed\nWords [[also", "never closed\nWords also"),
        ("-{zh-cn:程序;zh-tw:程式}-员 -{簡體}-", "程序员 簡體"), ("x-{{a}}y", "x-y"),
        ("__NOTOC__\n* one\n*# two\n: three\n----\n", "one\ntwo\nthree"),
    ])
    def test_marks_are_reduced_to_what_is_read(self, wikitext, text):
        assert prose(wikitext) == text

    def test_marks_without_end_take_time_in_proportion_to_the_text(self):
        for mark in ("{{", "[[", "{|\n", "<ref>", "<ref>x</ref>", "'''", "{{}}", "[[a|", "-{", "<!--", "[http://x "):
            assert isinstance(prose(mark * 100_000), str)


class TestWebArchives:
    def test_pages_are_those_of_the_answers_that_warcio_sees(self):
        found, why = read(FORMATS / "pages.warc.gz")
        with open(FORMATS / "pages.warc.gz", "rb") as file:
            seen = [(record.rec_headers.get_header("WARC-Target-URI"), record.http_headers.get_statuscode(),
                     record.http_headers.get_header("Content-Type"))
                    for record in warcio.ArchiveIterator(file) if record.rec_type == "response"]
        pages = [address for address, status, kind in seen if status == "200" and kind.startswith("text/")]
        assert [each.metadata["url"] for each in found] == pages
        assert [each.text for each in found] == ["Tea is warm.", "茶是一种饮料，起源于中国。", "Only words.",
                                                 "Packed words.", "Some chunks."]
        assert why == {f"pages.warc.gz ({len(seen) - len(pages)})": reasons.NOT_A_PAGE.what}

    @pytest.mark.parametrize("charset", ["no-such", "base64", "undefined", "a\0b", "utf-16", ""])
    def test_a_charset_that_cannot_be_right_stops_neither_the_page_nor_the_archive(self, charset, tmp_path):
        page = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={charset}\r\n\r\n<p>茶 is tea, 月 is moon.</p>"
        record = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n" % len(page.encode())
        found, why = read(tmp_path / "a.warc", (record + page.encode() + b"\r\n\r\n") * 2)
        assert [each.text for each in found] == ["茶 is tea, 月 is moon."] * 2 and why == {}
        charset = charset.replace("\0", "").replace("utf-16", "x")
        found, _ = read(tmp_path / "a.html", f'<meta charset="{charset}"><p>caf\xe9</p>'.encode("latin-1"))
        assert [each.text for each in found] == ["café"]

    def test_an_archive_of_extracted_texts_is_read_as_it_is(self, tmp_path):
        body = "月落乌啼".encode()
        record = (b"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://x\r\nContent-Type: text/plain\r\n"
                  b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(body), body))
        found, why = read(tmp_path / "a.warc.wet.gz", gzip.compress(record) * 2)
        assert [each.text for each in found] == ["月落乌啼"] * 2 and why == {}
        found, why = read(tmp_path / "b.warc", record + record[:-20])
        assert len(found) == 1 and why == {"b.warc": reasons.TRUNCATED.what}


class TestDataSets:
    def test_a_folder_of_the_hub_is_known_and_its_splits_are_told(self, tmp_path):
        (tmp_path / "README.md").write_text("---\nlicense: cc-by-4.0\nconfigs:\n- config_name: default\n---\n# A set\n")
        (tmp_path / "data").mkdir()
        for split in ("train", "test"):
            pyarrow.parquet.write_table(pyarrow.table({"text": [f"{split} words"]}),
                                        tmp_path / "data" / f"{split}-00000-of-00001.parquet")
        found = list(FolderSource(path=str(tmp_path)).read(Work()))
        assert [(each.text, each.metadata["split"], each.metadata["licence"]) for each in found[1:]] == [
            ("test words", "test", "cc-by-4.0"), ("train words", "train", "cc-by-4.0")]
        assert found[0] == reasons.DATASET_NOTES.of("README.md") and found[1].metadata["dataset"] == tmp_path.name

    def test_a_saved_data_set_gives_only_the_files_of_its_state(self, tmp_path):
        for split in ("train", "validation"):
            folder = tmp_path / split
            folder.mkdir()
            for name in ("data-00000-of-00001.arrow", "cache-123.arrow"):
                (folder / name).write_bytes((FORMATS / "rows.arrow").read_bytes())
            (folder / "dataset_info.json").write_text('{"description": "words"}')
            (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}],
                                                           "_split": None}))
        (tmp_path / "dataset_dict.json").write_text('{"splits": ["train", "validation"]}')
        found = list(FolderSource(path=str(tmp_path)).read(Work()))
        documents = [each for each in found if isinstance(each, Document)]
        assert [each.metadata["split"] for each in documents] == ["train"] * 3 + ["validation"] * 3
        assert {each.reason for each in found if isinstance(each, Skipped)} == {reasons.DATASET_NOTES.what}

    def test_a_readme_beside_other_files_stays_a_text(self, tmp_path):
        (tmp_path / "README.md").write_text("---\ntitle: x\n---\nWords.\n")
        (tmp_path / "story.txt").write_text("More words.")
        assert len([each for each in FolderSource(path=str(tmp_path)).read(Work()) if isinstance(each, Document)]) == 2

    def test_splits_are_told_from_names(self):
        names = ["train.csv", "data/val-00001.parquet", "dev/x.jsonl", "a_test.json.gz", "training.txt", "trainer.csv"]
        assert [split_of(name) for name in names] == ["train", "validation", "validation", "test", "train", ""]


def test_a_large_table_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "a.csv"
    with open(path, "w") as file:
        file.write("id,text\n")
        for number in range(60_000):
            file.write(f'{number},"Some words that go on, number {number}."\n')
    tracemalloc.start()
    count = sum(1 for _ in read_file(path, "a.csv", ReadOptions()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 60_000 and peak < 12_000_000
