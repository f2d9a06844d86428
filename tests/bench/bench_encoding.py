"""Text cut into tokens: the same ids as sentencepiece's own, and how fast beside its batch call and another library.

English and Chinese samples repeated to 8 MB; CPU seconds of this process on one thread, so other load counts little.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

ROUNDS = 5
TEXT_BYTES = 8_000_000
CHUNK = 4_000


def measure() -> Iterator[dict[str, Any]]:
    """One line a language and kind: MB/s of Wenlu, its ratios to the others (median, least, most), equal ids."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import sentencepiece

    from engine.corpora.samples import SAMPLES
    from engine.settings import from_plain
    from engine.tokenizers.spec import TokenizerSpec
    from engine.work import Work

    for sample in SAMPLES:
        text = sample.path.read_text("utf-8")
        whole = text * (TEXT_BYTES // len(text.encode()) + 1)
        chunks = [whole[start:start + CHUNK] for start in range(0, len(whole), CHUNK)]
        size = sum(len(chunk.encode()) for chunk in chunks)
        for kind in ("bpe", "unigram"):
            spec = from_plain(TokenizerSpec, {"kind": kind, "vocab_size": 8000})  # type: ignore[type-abstract]
            tokenizer = spec.train([text], len(text.encode()), Work())
            plain = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)
            rivals: dict[str, Callable[[], Any]] = {
                "wenlu": lambda each=tokenizer, chunks=chunks: [each.encode(chunk) for chunk in chunks],
                "sentencepiece_batch": lambda each=plain, chunks=chunks: each.encode(chunks, num_threads=1)}
            if kind == "bpe":
                library = _library(text)
                rivals["tokenizers_batch"] = lambda each=library, chunks=chunks: each.encode_batch_fast(chunks)
            seconds: dict[str, list[float]] = {name: [] for name in rivals}
            for _ in range(ROUNDS):
                for name, run in rivals.items():
                    began = time.process_time()
                    run()
                    seconds[name].append(time.process_time() - began)
            ours = [ids.tolist() for ids in rivals["wenlu"]()]
            line: dict[str, Any] = {
                "language": sample.language, "kind": kind, "megabytes": round(size / 1e6, 1),
                "mb_per_cpu_second": round(size / 1e6 / median(seconds["wenlu"]), 1),
                "same_ids_as_sentencepiece": ours == rivals["sentencepiece_batch"]()}
            for name in list(rivals)[1:]:
                ratios = sorted(other / own for own, other in zip(seconds["wenlu"], seconds[name], strict=True))
                line[f"times_{name}"] = [round(ratio, 2) for ratio in (median(ratios), ratios[0], ratios[-1])]
            yield line
    yield from _workers()


def _library(text: str) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    library.train_from_iterator(text.splitlines(), trainers.BpeTrainer(
        vocab_size=8000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return library


def _workers() -> Iterator[dict[str, Any]]:
    """Wall seconds for token files of a 100 MB corpus, with one process and with two."""
    from engine.corpora.corpus import Corpus, CorpusWriter
    from engine.corpora.document import Document
    from engine.corpora.manifest import SourceFigures
    from engine.corpora.samples import SAMPLES
    from engine.settings import from_plain
    from engine.tokenizers.spec import TokenizerSpec
    from engine.tokenizers.token_file import write_token_files
    from engine.work import Work

    text = SAMPLES[0].path.read_text("utf-8")
    spec = from_plain(TokenizerSpec, {"kind": "bpe", "vocab_size": 8000})  # type: ignore[type-abstract]
    tokenizer = spec.train([text], len(text.encode()), Work())
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "corpus").mkdir()
        writer = CorpusWriter(place / "corpus", [SourceFigures("a", "a", "pasted")])
        for number in range(100_000_000 // len(text.encode())):
            for start in range(0, len(text), 20_000):
                writer.add(Document(f"{number}-{start}", text[start:start + 20_000], "a"))
        writer.finish()
        corpus = Corpus(place / "corpus")
        seconds = {}
        for workers in (1, 2):
            (place / str(workers)).mkdir()
            began = time.perf_counter()
            write_token_files(corpus, tokenizer, lambda document: "train", place / str(workers), Work(), workers)
            seconds[workers] = time.perf_counter() - began
        same = all((place / "1" / name).read_bytes() == (place / "2" / name).read_bytes()
                   for name in ("train.bin", "tokens.json"))
        yield {"corpus_megabytes": round(corpus.manifest.bytes / 1e6), "seconds_one_process": round(seconds[1], 1),
               "seconds_two_processes": round(seconds[2], 1), "same_files": same}
