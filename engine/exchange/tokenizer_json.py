"""A tokenizer of Wenlu as one of the `tokenizers` library, with exactly the same ids.

Pieces keep real spaces instead of sentencepiece's mark for them, so that a mark in a text is spelled in bytes here as
there. What BPE merges first is told by the pieces' scores: all splits of a piece into two others, the best piece first.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from engine.errors import EngineError
from engine.exchange.exporter import differs
from engine.tokenizers.byte_level import MARKS, read_model
from engine.tokenizers.cutter import BOS_ID, PAD_ID, SPACE_MARK
from engine.tokenizers.tokenizer import Tokenizer as OwnTokenizer

_HAN = r"\x{3040}-\x{30ff}\x{3400}-\x{4dbf}\x{4e00}-\x{9fff}\x{f900}-\x{faff}\x{20000}-\x{3ffff}"
_LETTER = rf"(?:(?![{_HAN}])[\p{{L}}\p{{Nl}}\p{{No}}])"
_SPACE = r"\p{Z}\x{09}-\x{0d}\x{1c}-\x{1f}\x{85}"
WORD = (rf"[{_HAN}]| ?{_LETTER}+(?:['\x{{2019}}]{_LETTER}+)*| ?\p{{Nd}}| ?[^\p{{L}}\p{{N}}_{_SPACE}]|[\s\S]")
"""The words of engine.tokenizers.words, in the library's dialect of regular expressions."""

HOSTILE = (
    "", " ", "   leading spaces", "trailing  ", "two  inner   gaps", "line\nend\r\n\ttab",
    "The quick brown fox, 1234567890!", "春风又绿江南岸，明月何时照我还？", "掌柜笑着说：“客官，喝茶。” Tea 茶 3 杯",
    "\U0001f600\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f1e8\U0001f1f3 ok", "e\u0301 \u00e9 \u1100\u1161",
    "\x00\x01\x7f\u0085\u200b\u2028", "\u3000全角\u3000空格\u00a0nbsp", "<s></s><unk><pad> <0x41>",
    "\u2581 mark \u2581\u2581of spaces", "don't \u2019tis \U00020bb7野家 ½ Ⅷ ²", "\ufeffBOM\ufffd",
)
"""Lines on which tokenizers differ most easily."""

_RANDOM_LINES = 500


def tokenizer_refusal(tokenizer: OwnTokenizer) -> EngineError | None:
    """Why a tokenizer has no exact counterpart in the library; None where it has one."""
    fix = "Train with the tokenizer BPE, Characters, Words or Bytes."
    if tokenizer.kind == "unigram":
        return EngineError("The tokenizer Unigram cannot be exported exactly.", "Other programs choose differently "
                           "between cuts that are equally probable.", fix)
    if any(each.rounds for each in tokenizer.growth):
        return EngineError("Pieces that were learned on top of an earlier tokenizer cannot be exported exactly.",
                           "Other programs join them in another order.", "Train without new pieces.")
    if tokenizer.kind == "imported":
        if tokenizer.symbols and tokenizer.format != "library":
            return EngineError("Special tokens added to an imported tokenizer.model cannot be exported.",
                               "The tokenizer as it was imported was expected.", "Train without special tokens.")
        return None
    if tokenizer.kind not in ("bpe", "character", "word", "byte-level"):
        return EngineError("This kind of tokenizer cannot be exported exactly.", "Its ids are in an order of Wenlu's "
                           "own.", fix)
    if tokenizer.normalization != "none" and (tokenizer.normalization == "nfkc-lower" or tokenizer.symbols):
        return EngineError("The normal form of this tokenizer cannot be exported exactly.", "Other programs change "
                           "letters in another order.", "Train with the normal form that keeps the text as it is.")
    return None


def library_tokenizer(tokenizer: OwnTokenizer) -> Tokenizer:
    """The same tokenizer for the library: begins every text with `<s>` unless told not to."""
    if tokenizer.kind == "byte-level":
        made = read_model(tokenizer.model)
        made.add_tokens([AddedToken(each, special=False, normalized=False) for each in tokenizer.symbols])
        made.decoder = decoders.ByteLevel()
    else:
        made = _spelled(tokenizer)
        made.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Fuse()])
        made.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in MARKS])
        made.add_tokens([AddedToken(each, special=False, normalized=False) for each in _whole(tokenizer)])
    normalizer = _normalizer(tokenizer)
    if normalizer is not None:
        made.normalizer = normalizer
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", BOS_ID)])
    return made


def compare_tokenizer(tokenizer: OwnTokenizer, read: Tokenizer, texts: list[str]) -> int:
    """Cut hostile lines, these texts and random pieces with both; returns how many lines. Raises EngineError."""
    read.encode_special_tokens = True
    lines = [*HOSTILE, *texts, *_random_lines(tokenizer)]
    for line in lines:
        if read.encode(line, add_special_tokens=False).ids != tokenizer.encode(line).tolist():
            raise differs("tokenizer.json", f"{line[:60]!r} gives other ids")
    if read.get_vocab_size(with_added_tokens=True) != tokenizer.vocab_size:
        raise differs("tokenizer.json", "it has another number of pieces")
    return len(lines)


def _random_lines(tokenizer: OwnTokenizer) -> Iterator[str]:
    chosen = random.Random(0)
    for _ in range(_RANDOM_LINES):
        yield tokenizer.decode(chosen.randrange(PAD_ID + 1, tokenizer.vocab_size)
                               for _ in range(chosen.randrange(1, 12))).replace("\ufffd", "")


def _spelled(tokenizer: OwnTokenizer) -> Tokenizer:
    """A model whose pieces are text, with characters that have none spelled in bytes or unknown."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)
    names = [_name(processor, each) for each in range(processor.get_piece_size())]
    merges = _merges(processor, names, set(_whole(tokenizer))) if tokenizer.kind == "bpe" else []
    is_word = tokenizer.kind == "word"
    made = Tokenizer(models.BPE(
        vocab={name: each for each, name in enumerate(names)}, merges=merges, unk_token="<unk>",
        byte_fallback=tokenizer.has_byte_fallback, fuse_unk=not is_word, ignore_merges=is_word))
    if is_word:
        made.pre_tokenizer = pre_tokenizers.Split(Regex(WORD), "isolated")
    return made


def _name(processor: sentencepiece.SentencePieceProcessor, each: int) -> str:
    name: str = processor.id_to_piece(each)
    return name if each <= PAD_ID or processor.is_byte(each) else name.replace(SPACE_MARK, " ")


def _merges(processor: sentencepiece.SentencePieceProcessor, names: list[str],
            whole: set[str]) -> list[tuple[str, str]]:
    usable = {name for each, name in enumerate(names) if each > PAD_ID and not processor.is_byte(each)} - whole
    found: list[tuple[float, int, int, tuple[str, str]]] = []
    for each, name in enumerate(names):
        if name in usable:
            score = -processor.get_score(each)
            found += [(score, each, at, (name[:at], name[at:])) for at in range(1, len(name))
                      if name[:at] in usable and name[at:] in usable]
    return [pair for *_, pair in sorted(found)]


def _whole(tokenizer: OwnTokenizer) -> tuple[str, ...]:
    """Texts that are never cut: the user's symbols, and the line end where there are no bytes to spell it."""
    return tokenizer.symbols if tokenizer.has_byte_fallback else ("\n", *tokenizer.symbols)


def _normalizer(tokenizer: OwnTokenizer) -> Any:
    steps: list[Any] = []
    if tokenizer.normalization != "none":
        steps.append(normalizers.NFC() if tokenizer.normalization == "nfc" else normalizers.NFKC())
    if not tokenizer.has_byte_fallback:
        steps.append(normalizers.Replace(SPACE_MARK, " "))
    return normalizers.Sequence(steps) if steps else None
