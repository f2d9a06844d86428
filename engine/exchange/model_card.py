"""The model card: what the model is, what was measured, and what was not."""

from __future__ import annotations

import json

from engine import __version__
from engine.corpora.manifest import SourceFigures
from engine.exchange.source import ExportSource
from engine.models.kinds.transformer.spec import TransformerSpec

NOT_MEASURED = (
    "Whether what it says is true, polite or safe.",
    "How it does on tasks, benchmarks or languages other than the figures above.",
    "How much of the training text it gives back word for word.",
)
"""What a run never measures, said so that nobody takes silence for a good result."""


def model_card(source: ExportSource) -> str:
    """README.md for a Hugging Face folder, every figure from the run's own log."""
    return "\n".join([*_front(source), f"# {_plain(source.title)}", "", _what(source), "", "## Use", "", *_use(), "",
                      "## Measured", "", *_measured(source), "", "## Data", "", *_data(source), "", "## Not measured",
                      "", *(f"- {each}" for each in NOT_MEASURED), ""])


def figures(source: ExportSource) -> list[tuple[str, str]]:
    """What the log tells of the training, as name and value."""
    series = source.series
    found: list[tuple[str, str]] = []
    if series.plan is not None:
        found += [("Parameters", f"{series.plan.parameters:,}"),
                  ("Training tokens in the text", f"{series.plan.training_tokens:,}")]
    if series.steps:
        last = series.steps[-1]
        found += [("Steps trained", f"{last.step:,}"), ("Tokens read in training", f"{last.tokens:,}"),
                  ("Seconds of work, reading included", f"{last.seconds:,.0f}")]
    if series.best is not None:
        found += [("Best validation, bits per byte", f"{series.best.bits_per_byte:.4f}"),
                  ("Best validation, nats per token", f"{series.best.loss:.4f}"),
                  ("Best validation, at step", f"{series.best.step:,}")]
    found += [(f"Baseline {each.title}, bits per byte", f"{each.bits_per_byte:.4f}") for each in series.baselines
              if each.bits_per_byte is not None]
    return found


def _front(source: ExportSource) -> list[str]:
    languages = _languages(source)
    return ["---", "library_name: transformers", "pipeline_tag: text-generation",
            *([f"language: {json.dumps(languages)}"] if languages else []), "tags: [wenlu]", "---", ""]


def _languages(source: ExportSource) -> list[str]:
    counts = source.data.languages if source.data is not None else {}
    total = sum(counts.values())
    return [code for code, count in counts.items() if code.isalpha() and 2 <= len(code) <= 3 and count > total / 50]


def _what(source: ExportSource) -> str:
    spec, step = source.spec, source.checkpoint.step
    shape = ""
    if isinstance(spec, TransformerSpec):
        shape = (f" in the shape of {'GPT-2' if spec.shape == 'gpt2' else 'Llama'}: {spec.n_layers} layers, width "
                 f"{spec.d_model}, {spec.n_heads} heads, a context of {spec.context_length} tokens")
    loss = source.checkpoint.loss
    scored = f", whose validation loss was {loss:.4f} nats per token" if loss is not None else \
        ", which was not validated at that step"
    if "imported" in source.settings:
        return (f"A {spec.title}{shape}. It was imported into Wenlu {__version__} and not trained there; what it was "
                "trained on and for is told where it came from.")
    return (f"A {spec.title}{shape}. It was trained {_from_what(source)} with Wenlu {__version__}; these are the "
            f"weights of step {step}{scored}. It completes text; it was not taught to follow instructions.")


def _from_what(source: ExportSource) -> str:
    start = source.settings.get("start")
    if not start:
        return "from scratch"
    method = source.settings.get("recipe", {}).get("start", {}).get("method", {}).get("kind")
    return f"from an earlier model, {_plain(str(start.get('run', '')))}," + (" by LoRA" if method == "lora" else "")


def _use() -> list[str]:
    return ["```python", "from transformers import AutoModelForCausalLM, AutoTokenizer", "",
            'tokenizer = AutoTokenizer.from_pretrained(".")', 'model = AutoModelForCausalLM.from_pretrained(".")',
            'ids = tokenizer("It was", return_tensors="pt")',
            "print(tokenizer.decode(model.generate(**ids, max_new_tokens=50)[0], skip_special_tokens=True))", "```"]


def _measured(source: ExportSource) -> list[str]:
    rows = figures(source)
    if source.series.best is None:
        rows = [*rows, ("Validation", "not measured")]
    return ["Validation is on documents kept apart from training, of the same sources.", "",
            "| figure | value |", "|---|---|", *(f"| {_plain(name)} | {value} |" for name, value in rows)]


def _data(source: ExportSource) -> list[str]:
    if source.data is None:
        return ["The figures of the text no longer lie beside the run."]
    data = source.data
    return [f"{data.documents:,} documents, {data.characters:,} characters, after cleaning.", "",
            "| source | licence | documents | characters |", "|---|---|---|---|", *map(_row, data.sources)]


def _row(each: SourceFigures) -> str:
    licence = _plain(each.licence) or "not known"
    return f"| {_plain(each.label)} | {licence} | {each.documents:,} | {each.characters:,} |"


def _plain(text: str) -> str:
    """Words from outside, made harmless in Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]<>#|" else sign for sign in " ".join(text.split()))
