"""The report of a run as one page of HTML that needs nothing else: no script, no file, no address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from engine import __version__
from engine.corpora.language import LANGUAGES
from engine.exchange.drawing import drawing
from engine.exchange.model_card import NOT_MEASURED, figures
from engine.exchange.source import ExportSource
from engine.exchange.words import Say, words_in

_STYLE = """:root{color-scheme:light dark;--ink:#1d2733;--faint:#5b6875;--line:#d5dbe1;--ground:#fff;--one:#b4541a;
--two:#1a6b8f;--three:#6b7a2a}@media(prefers-color-scheme:dark){:root{--ink:#e3e8ed;--faint:#9aa7b4;--line:#3a4652;
--ground:#161c22;--one:#ef9a5f;--two:#69b8dc;--three:#b3c46a}}body{font:16px/1.5 system-ui,"Noto Sans CJK SC",
"Microsoft YaHei","PingFang SC",sans-serif;color:var(--ink);background:var(--ground);max-width:48rem;margin:2rem auto;
padding:0 1rem}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .75rem .25rem 0;
border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}pre{white-space:pre-wrap;
overflow-wrap:anywhere;border-left:3px solid var(--line);padding-left:1rem}svg{width:100%}svg text{font-size:12px;
fill:var(--faint)}.grid{stroke:var(--line)}polyline{fill:none;stroke-width:1.8}polyline.training{stroke:var(--one)}
polyline.validation{stroke:var(--two)}polyline.baseline{stroke:var(--three);stroke-dasharray:6 4}.legend span{
margin-right:1.5rem}span.training{color:var(--one)}span.validation{color:var(--two)}span.baseline{color:var(--three)}
.faint{color:var(--faint)}"""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_MOST_SAMPLES = 12


def report_page(source: ExportSource, language: str) -> str:
    """The whole page."""
    say = words_in(language)
    parts = [
        _section(say("Model"), _table([(say("Kind"), say(source.spec.title)), *_card(source, say)])),
        _section(say("Curves"), _curves(source, say)),
        _section(say("Samples written"), _samples(source, say)),
        _section(say("Data"), _data(source, say)),
        _section(say("Settings"), _settings(source.settings)),
        _section(say("Not measured"), "<ul>" + "".join(f"<li>{escape(say(each))}</li>" for each in NOT_MEASURED)
                 + "</ul>"),
    ]
    title = escape(source.title)
    made = escape(say("Made with Wenlu {version} from the run's own log.").format(version=__version__))
    return (f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width"><meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
            f"<title>{title}</title>\n<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n"
            f'<p class="faint">{made}</p>\n' + "\n".join(parts) + "\n</body>\n</html>\n")


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}\n</section>"


def _table(rows: Iterable[tuple[str, ...]], head: tuple[str, ...] = ()) -> str:
    top = "<tr>" + "".join(f"<th>{escape(cell)}</th>" for cell in head) + "</tr>" if head else ""
    return "<table>" + top + "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
                                     for row in rows) + "</table>"


def _card(source: ExportSource, say: Say) -> list[tuple[str, str]]:
    found = [(_named(name, say), value) for name, value in figures(source)]
    if source.series.best is None:
        found.append((say("Validation"), say("not measured")))
    ended = source.series.ended
    return [*found, (say("Ended"), say(ended.status) if ended is not None else say("not yet, or cut off"))]


def _named(name: str, say: Say) -> str:
    """A figure's name; that of a baseline has the baseline's own title in it."""
    if name.startswith("Baseline "):
        title = name[len("Baseline "):].partition(",")[0]
        return say("Baseline {title}, bits per byte").format(title=title)
    return say(name)


def _curves(source: ExportSource, say: Say) -> str:
    series = source.series
    last = max([*(each.step for each in series.steps), *(each.step for each in series.validations)], default=0)
    plot = drawing([
        (say("Training text"), "training", [(each.step, each.bits_per_byte) for each in series.steps
                                       if each.bits_per_byte is not None]),
        (say("Validation text"), "validation", [(each.step, each.bits_per_byte) for each in series.validations
                                           if each.bits_per_byte is not None]),
        *((each.title, "baseline", [(0, each.bits_per_byte), (last or 1, each.bits_per_byte)])
          for each in series.baselines if each.bits_per_byte is not None)], say("Step"), say("Bits per byte"))
    return plot or f"<p>{escape(say('Nothing was logged.'))}</p>"


def _samples(source: ExportSource, say: Say) -> str:
    done = [each for each in source.series.samples if each.done]
    if not done:
        return f"<p>{escape(say('Nothing was written.'))}</p>"
    kept = done if len(done) <= _MOST_SAMPLES else [done[round(place * (len(done) - 1) / (_MOST_SAMPLES - 1))]
                                                     for place in range(_MOST_SAMPLES)]
    told = escape(say("{kept} of {all} samples, evenly spread over the training; nothing was chosen by hand.").format(
        kept=len(kept), all=len(done)))
    return f"<p>{told}</p>" + "".join(
        f"<h3>{escape(say('Step'))} {each.step}</h3><pre><b>{escape(each.prompt)}</b>{escape(each.text)}</pre>"
        for each in kept)


def _data(source: ExportSource, say: Say) -> str:
    data = source.data
    if data is None:
        return f"<p>{escape(say('The figures of the text no longer lie beside the run.'))}</p>"
    total = sum(data.languages.values()) or 1
    spoken = ", ".join(f"{say(LANGUAGES.get(code, code))} {count / total:.0%}" for code, count in
                       sorted(data.languages.items(), key=lambda each: -each[1])[:8])
    rows = [(say("Documents"), f"{data.documents:,}"), (say("Characters"), f"{data.characters:,}"),
            (say("Languages"), spoken), (say("Exact duplicates removed"), f"{data.exact_duplicates:,}")]
    sources = [(each.label, each.licence or say("not known"), f"{each.documents:,}", f"{each.characters:,}")
               for each in data.sources]
    steps = [(say(each.title), f"{each.changed:,}", f"{each.dropped:,}") for each in data.steps]
    return (_table(rows) + _table(sources, (say("Source"), say("Licence"), say("Documents"), say("Characters")))
            + (_table(steps, (say("Cleaning step"), say("Changed"), say("Removed"))) if steps else ""))


def _settings(settings: Mapping[str, Any]) -> str:
    return _table(list(_flat(settings)))


def _flat(value: Any, path: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for number, part in enumerate(value):
            name = part.get("kind", number) if isinstance(part, Mapping) else number
            yield from _flat(part, f"{path}.{name}")
    else:
        yield path, str(value)
