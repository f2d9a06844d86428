"""Planted private data is found, near misses stay, and good books lose nothing."""

from __future__ import annotations

import pytest

from engine.cleaning.private_data import PLACEHOLDERS
from engine.cleaning.steps.private_data import NOTED, PrivateData
from engine.corpora.document import Document, Dropped
from engine.corpora.samples import sample
from tests.engine.cleaning.planted_data import MAKERS, planted, score


def kinds_in(text):
    return PrivateData().apply(Document("d", text)).metadata.get(NOTED, {})


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", PLACEHOLDERS)
def test_planted_data_is_found_and_near_misses_are_not(kind, language):
    found = score(kind, language, kinds_in)
    assert found["recall"] >= 0.98 and found["precision"] >= 0.98, found


def test_every_kind_has_its_planted_sentences():
    assert set(MAKERS) == set(PLACEHOLDERS)


@pytest.mark.parametrize("kind", PLACEHOLDERS)
def test_what_is_masked_is_gone_and_the_rest_of_the_sentence_stays(kind):
    for each in planted(kind, "zh", 60):
        masked = PrivateData().apply(Document("d", each.text)).text
        if each.is_near_miss:
            assert masked == each.text
        else:
            assert each.planted not in masked and masked.count(PLACEHOLDERS[kind]) == 1
            before = each.text.index(each.planted)
            assert masked.startswith(each.text[:before])
            assert masked.endswith(each.text[before + len(each.planted):])


@pytest.mark.parametrize("kind", PLACEHOLDERS)
def test_every_kind_has_a_switch(kind):
    step = PrivateData(**{kind.replace("-", "_"): False})
    for each in planted(kind, "en", 20):
        result = step.apply(Document("d", each.text))
        assert kind not in result.metadata.get(NOTED, {})


def test_books_have_no_private_data():
    for id in ("austen", "poems"):
        for source in sample(id).sources():
            text = sample(id).path.read_text("utf-8")
            assert source and PrivateData().apply(Document("d", text)).text == text


def test_several_numbers_in_a_row_are_told_apart():
    text = "Call 13812345678 13912345678 or 4111 1111 1111 1111."
    assert kinds_in(text) == {"phone": 2, "card": 1}


def test_a_private_key_goes_as_a_whole():
    body = "\n".join("QmFzZTY0" * 8 for _ in range(9))
    text = f"key:\n-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----\nend"
    assert PrivateData().apply(Document("d", text)).text == "key:\n<SECRET>\nend"


def test_a_document_full_of_addresses_can_be_dropped_with_the_figure():
    result = PrivateData(most=3).apply(Document("d", " ".join(f"a{n}@example.org" for n in range(5))))
    assert isinstance(result, Dropped) and result.value == 5


def test_example_numbers_of_every_country_are_found():
    import phonenumbers

    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    forms = (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.E164)
    examples = [phonenumbers.example_number_for_type(region, kind) for region in phonenumbers.SUPPORTED_REGIONS
                for kind in kinds]
    written = [phonenumbers.format_number(number, form) for number in examples if number for form in forms]
    missed = [text for text in written
              if PrivateData().apply(Document("d", f"Call {text} now.")).text != "Call <PHONE> now."]
    assert len(written) > 800 and len(missed) <= 0.01 * len(written), missed


@pytest.mark.parametrize("number", [
    "DE89 3704 0044 0532 0130 00", "FR14 2004 1010 0505 0001 3M02 606", "NL91 ABNA 0417 1643 00",
    "CH93 0076 2011 6238 5295 7", "ES91 2100 0418 4502 0005 1332", "IT60 X054 2811 1010 0000 0123 456",
    "GB29NWBK60161331926819", "NO93 8601 1117 947", "MT84MALT011000012345MTLCAST001S"])
def test_account_numbers_that_banks_publish_as_examples_are_found(number):
    assert kinds_in(f"Pay to {number}, please.") == {"iban": 1}


@pytest.mark.parametrize("number", [
    "4242424242424242", "4000 0566 5566 5556", "5555-5555-5555-4444", "2223003122003222", "378282246310005",
    "6011111111111117", "3056930009020004", "36227206271667", "6200000000000005", "3566002020360505"])
def test_card_numbers_that_are_published_for_testing_are_found(number):
    found = kinds_in(f"Card {number}.")
    assert found == {"card": 1}
