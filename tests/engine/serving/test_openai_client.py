"""What OpenAI's own client gets: the tokens that the engine writes, in the shapes that it knows."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from engine.generation.loading import load_model
from engine.generation.scoring import score_text
from engine.generation.spec import SamplingSpec
from engine.generation.writing import write
from engine.serving.catalogue import RUNS
from engine.tokenizers.tokenizer import BOS_ID

OPEN = {"top_k": 100_000, "top_p": 1.0, "repetition_penalty": 1.0, "temperature": 1.0}


@pytest.fixture
def served(serve, run):
    return serve(run.path)


def written(run, prompt: str, **settings) -> str:
    return "".join(piece.text for piece in write(load_model(run.path), prompt, SamplingSpec(**{**OPEN, **settings})))


def test_models_are_listed_and_found_by_name(serve, run, tmp_path):
    project = tmp_path / "project"
    (project / RUNS).mkdir(parents=True)
    run.path.rename(project / RUNS / "run-1")
    (project / RUNS / "empty").mkdir()
    client = serve(project).client()
    assert [(each.id, each.owned_by) for each in client.models.list()] == [("run-1", "wenlu")]
    assert client.models.retrieve("run-1").id == "run-1"
    for name in ("run-2", "../run-1", "..%2frun-1", "/etc"):
        with pytest.raises(openai.NotFoundError):
            client.models.retrieve(name)


@pytest.mark.parametrize("prompt", ["The guest of house 7", "掌柜笑着说：", "😀 x"])
def test_a_completion_is_what_the_engine_writes_whole_and_in_a_stream(served, run, prompt):
    client, asked = served.client(), {"model": "run-1", "prompt": prompt, "max_tokens": 30, "seed": 7}
    whole = client.completions.create(**asked)
    assert whole.choices[0].text == written(run, prompt, max_tokens=30, seed=7)
    chunks = list(client.completions.create(**asked, stream=True, stream_options={"include_usage": True}))
    assert "".join(each.choices[0].text for each in chunks[:-1]) == whole.choices[0].text
    assert chunks[-1].usage == whole.usage and chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert whole.usage.prompt_tokens == len(load_model(run.path).tokenizer.encode(prompt))


def test_many_ask_at_once_and_each_gets_what_it_would_alone(served):
    client = served.client()

    def ask(seed: int) -> str:
        found = client.completions.create(model="run-1", prompt=f"The fox of house {seed}", max_tokens=20, seed=seed)
        return found.choices[0].text

    alone = [ask(seed) for seed in range(16)]
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(ask, range(16))) == alone
    assert len(set(alone)) > 8


def test_prompts_come_as_texts_or_ids_and_each_has_its_choices(served, run):
    client, tokenizer = served.client(), load_model(run.path).tokenizer
    ids = [int(each) for each in tokenizer.encode("The guest")]
    texts = client.completions.create(model="run-1", prompt=["The guest", "The fox"], max_tokens=5, n=2, seed=1)
    assert [each.index for each in texts.choices] == [0, 1, 2, 3] and texts.usage.completion_tokens <= 20
    assert texts.choices[0].text != texts.choices[1].text
    same = client.completions.create(model="run-1", prompt=[ids, [BOS_ID, *ids]], max_tokens=5, seed=1)
    assert same.choices[0].text == same.choices[1].text == texts.choices[0].text


def test_echo_with_log_probabilities_is_the_score_of_the_text(served, run):
    text, loaded = "The guest brought tea. 喝茶", load_model(run.path)
    found = served.client().completions.create(model="run-1", prompt=text, max_tokens=0, echo=True, logprobs=3)
    figures = found.choices[0].logprobs
    score = score_text(loaded.model, loaded.tokenizer, text)
    assert found.choices[0].text == text
    assert figures.token_logprobs == pytest.approx([-each.bits * math.log(2) for each in score.tokens[:-1]], abs=1e-5)
    assert all(each <= max(top.values()) + 1e-9 for each, top in
               zip(figures.token_logprobs, figures.top_logprobs, strict=True))
    assert [text[place:].startswith(name) for place, name in
            zip(figures.text_offset[:3], figures.tokens[:3], strict=True)] == [True] * 3


def test_an_empty_prompt_that_is_echoed_has_no_token_of_its_own(served):
    found = served.client().completions.create(model="run-1", prompt="", max_tokens=3, echo=True, logprobs=1, seed=1)
    assert len(found.choices[0].logprobs.tokens) == found.usage.completion_tokens and found.usage.prompt_tokens == 0


def test_greedy_tokens_are_the_first_of_their_alternatives(served):
    found = served.client().completions.create(model="run-1", prompt="The", max_tokens=8, temperature=0, logprobs=2)
    for value, top in zip(found.choices[0].logprobs.token_logprobs, found.choices[0].logprobs.top_logprobs,
                          strict=True):
        assert value == max(top.values())


def test_a_stop_text_ends_an_answer_and_is_not_part_of_it(served, run):
    text = written(run, "The guest", max_tokens=40, seed=3)
    stop = text[10:13]
    found = served.client().completions.create(model="run-1", prompt="The guest", max_tokens=40, seed=3, stop=stop)
    assert found.choices[0].text == text[:text.index(stop)] and found.choices[0].finish_reason == "stop"


def test_biases_and_penalties_change_what_is_written(served, run):
    client, tokenizer = served.client(), load_model(run.path).tokenizer
    wanted = int(tokenizer.encode("tea")[-1])
    asked = {"model": "run-1", "prompt": "The", "max_tokens": 6, "temperature": 0}
    assert client.completions.create(**asked, logit_bias={str(wanted): 100}).choices[0].text == \
        tokenizer.decode([wanted]) * 6
    penalised = client.completions.create(**asked, logit_bias={str(wanted): 50}, frequency_penalty=2,
                                          presence_penalty=2)
    assert penalised.usage.completion_tokens == 6


def test_a_conversation_follows_a_template_and_says_so(served):
    client = served.client()
    asked = {"model": "run-1", "max_tokens": 12, "seed": 5, "messages": [
        {"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "Tea?"}]}]}
    whole = client.chat.completions.create(**asked, logprobs=True, top_logprobs=2)
    message = whole.choices[0].message
    assert message.role == "assistant" and whole.note.startswith("This model only continues text")
    assert len(whole.choices[0].logprobs.content) == whole.usage.completion_tokens
    assert all(len(each.top_logprobs) == 2 for each in whole.choices[0].logprobs.content)
    parts = [each.choices[0].delta.content or "" for each in client.chat.completions.create(**asked, stream=True)]
    assert "".join(parts) == message.content
    plain = client.completions.create(model="run-1", prompt="Be kind.\nUser: Tea?\nAssistant:", max_tokens=12, seed=5,
                                      stop="\nUser:")
    assert plain.choices[0].text == message.content


@pytest.mark.parametrize("wrong", [
    {"model": "other"}, {"temperature": 3}, {"temperature": float("inf")}, {"max_tokens": 10**12}, {"max_tokens": -1},
    {"n": 10**6}, {"top_p": -1}, {"stop": ["x"] * 1000}, {"logprobs": 10**6}, {"logit_bias": {"x": 1}},
    {"prompt": [10**6]}, {"seed": 2**70}, {"best_of": 5}, {"suffix": "end"}, {"logit_bias": {"5": 10**9}}],
    ids=str)
def test_a_wrong_value_is_an_error_that_names_its_field(served, wrong):
    asked = {"model": "run-1", "prompt": "a", "max_tokens": 1, **wrong}
    status, answer, _ = served.ask("POST", "/v1/completions", asked)
    assert status == (404 if "model" in wrong else 400)
    assert answer["error"]["param"] in (*wrong, None) and answer["error"]["message"]


def test_tools_and_pictures_are_refused_not_passed_over(served):
    client, asked = served.client(), {"model": "run-1", "messages": [{"role": "user", "content": "a"}]}
    with pytest.raises(openai.BadRequestError, match="tools"):
        client.chat.completions.create(**asked, tools=[{"type": "function", "function": {"name": "f"}}])
    with pytest.raises(openai.BadRequestError, match="Text was expected"):
        client.chat.completions.create(model="run-1", messages=[{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:,"}}]}])


def test_text_is_cut_into_tokens_and_put_together_again(served, run):
    tokenizer = load_model(run.path).tokenizer
    ids = [int(each) for each in tokenizer.encode("The tea 喝茶")]
    for name in ("prompt", "content"):
        assert served.ask("POST", "/tokenize", {name: "The tea 喝茶"})[1]["tokens"] == ids
    assert served.ask("POST", "/detokenize", {"tokens": ids})[1]["prompt"] == "The tea 喝茶"
    assert served.ask("GET", "/tokenizer_info")[1]["vocab_size"] == tokenizer.vocab_size


def test_a_newer_checkpoint_is_served_without_a_restart(served, add_checkpoint):
    client = served.client()
    before = client.completions.create(model="run-1", prompt="The", max_tokens=1).system_fingerprint
    add_checkpoint(40)
    served.server.office._catalogue.checkpoint = "last"
    assert before == "step-20"
    assert client.completions.create(model="run-1", prompt="The", max_tokens=1).system_fingerprint == "step-40"
