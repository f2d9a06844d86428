"""Near duplicates planted among real texts, and what an exact comparison of all pairs says of them."""

from __future__ import annotations

import random
import re

_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff_]+")


def words_of(text):
    return [word.lower() for word in _WORD.findall(text)]


def shingles(text):
    """The plain definition: sequences of five words, letters and digits only."""
    words = words_of(text)
    return {tuple(words[place:place + 5]) for place in range(len(words) - 4)}


def jaccard(one, other):
    return len(one & other) / len(one | other) if one or other else 0.0


def pieces_of(text, length):
    """Different texts of about so many characters, cut between words."""
    words = re.findall(r"\S+\s*|\n+", text) if " " in text[:200] else list(text)
    found, gathered = [], ""
    for word in words:
        gathered += word
        if len(gathered) >= length:
            found.append(gathered)
            gathered = ""
    return found


def edited(text, share, chance):
    """The text with that share of its words replaced, removed or doubled, at random places."""
    parts = re.findall(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff_]+|[\W_]+", text)
    at = [place for place, part in enumerate(parts) if _WORD.fullmatch(part)]
    for place in chance.sample(at, max(1, round(share * len(at)))):
        parts[place] = chance.choice(("", parts[place] * 2, parts[chance.choice(at)]))
    return "".join(parts)


def planted(texts, count, shares=(0.01, 0.2), seed=5):
    """The texts in random order with `count` edited copies (that share of the words) among them.

    Returns the documents and, for each that is a copy, (its place, the place of its original).
    """
    chance = random.Random(seed)
    documents = [(text, None) for text in texts]
    for original in chance.sample(range(len(texts)), count):
        documents.append((edited(texts[original], chance.uniform(*shares), chance), original))
    order = list(range(len(documents)))
    chance.shuffle(order)
    place_of = {number: place for place, number in enumerate(order)}
    pairs = [(place_of[number], place_of[original]) for number, (_, original) in enumerate(documents)
             if original is not None]
    return [documents[number][0] for number in order], pairs


def measured(documents, pairs, results, threshold=0.7):
    """Recall and precision of what a step dropped, against exact Jaccard similarity of each planted pair.

    A pair whose exact similarity reaches the threshold should lose its later document; a document that was dropped
    rightly has such a partner, which all pairs of documents are searched for.
    """
    sets = [shingles(text) for text in documents]
    should = {max(pair) for pair in pairs if jaccard(sets[pair[0]], sets[pair[1]]) >= threshold}
    dropped = {place for place, result in enumerate(results) if result}
    by_shingle = {}
    for place, each in enumerate(sets):
        for shingle in each:
            by_shingle.setdefault(shingle, []).append(place)
    right = set()
    for place in dropped:
        partners = {other for shingle in sets[place] for other in by_shingle[shingle] if other < place}
        if any(jaccard(sets[place], sets[other]) >= threshold for other in partners):
            right.add(place)
    return {"planted": len(pairs), "should_be_found": len(should), "dropped": len(dropped),
            "recall": len(should & dropped) / max(1, len(should)), "precision": len(right) / max(1, len(dropped))}
