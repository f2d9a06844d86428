"""What can be typed after `wenlu-engine`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from engine import __version__
from engine.errors import EngineError
from engine.training.spec import Speed

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def duration(text: str) -> float:
    """Seconds in "90", "40s", "5m", "1h30m" or "2d"."""
    plain = text.strip().lower()
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*([a-z]*)", plain)
    whole = re.fullmatch(r"(\d+(\.\d+)?\s*[a-z]*\s*)+", plain)
    if not whole or any(unit not in _UNITS for _, unit in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a length of time; 40s, 5m or 1h30m was expected")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def parser() -> argparse.ArgumentParser:
    """The parser of all verbs."""
    top = argparse.ArgumentParser(prog="wenlu-engine", description="Train language models on your own text.")
    top.add_argument("--version", action="version", version=__version__)
    verbs = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    _project_verbs(verbs)
    _job_verbs(verbs)
    _run_verbs(verbs)
    bench = _verb(verbs, "bench", "measure this machine: threads, precisions, memory; or, with train, how fast a model "
                  "trains on it")
    bench.add_argument("what", nargs="?", choices=("machine", "train"), default="machine")
    bench.add_argument("--seconds", type=duration, default=5.0, help="how long to train, with train (default 5)")
    bench.add_argument("--trace", type=Path, metavar="FILE", help="with train: also write what torch.profiler sees")
    bench.add_argument("--devices", action="store_true", help="only list what can train here")
    _verb(verbs, "reference", "all settings, as Markdown", settings=False)
    talk = _verb(verbs, "talk", "answer requests on standard input, for the playground (JSON lines)", settings=False)
    talk.add_argument("--threads", type=int, default=1, help="threads to use (default 1)")
    return top


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str,
          settings: bool = True) -> argparse.ArgumentParser:
    """A verb; one without `settings` still knows `--set`, to refuse it in the same words as other mistakes."""
    made = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    made.add_argument("--json", action="store_true", help="print one JSON object a line")
    made.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="assignments",
                      help="change a setting, such as training.batch_size=32; may be repeated" if settings
                      else argparse.SUPPRESS)
    made.set_defaults(uses_settings=settings)
    return made


def refuse_what_no_verb_can_use(arguments: argparse.Namespace, words: Sequence[str]) -> None:
    """Raise EngineError for `--set` where a verb has no settings, and for words that are not UTF-8.

    Such words come from file names; neither a project's files nor a line of JSON could hold them.
    """
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            shown = word.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            raise EngineError(f"{shown} is not text in UTF-8.", "Names of files and folders in UTF-8 were expected.",
                              "Rename the file or folder, then try again.") from None
    if arguments.assignments and not arguments.uses_settings:
        raise EngineError(f"{arguments.verb} uses no settings, so --set {arguments.assignments[0]} would do nothing.",
                          "--set belongs to verbs such as train, clean and set.", "Leave --set out.")


def _project_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = _verb(verbs, "new", "make a project folder")
    new.add_argument("project", type=Path)
    new.add_argument("--sample", help="begin with a sample corpus, such as austen or poems")
    new.add_argument("--name", default="", help="title of the project")
    add = _verb(verbs, "add", "add files, folders, web addresses or, with -, text from standard input to a project; "
                "addresses are fetched at once")
    add.add_argument("project", type=Path)
    add.add_argument("sources", nargs="+", metavar="SOURCE")
    add.add_argument("--feed", action="store_true", help="the addresses are those of news feeds (RSS, Atom)")
    change = _verb(verbs, "set", "change settings of a project and keep them")
    change.add_argument("project", type=Path)
    change.add_argument("values", nargs="*", metavar="PATH=VALUE")
    _recipe_option(change)
    recipes = _verb(verbs, "recipes", "list the cleaning recipes, keep the steps of a project as one, or delete one")
    recipes.add_argument("--keep", metavar="TITLE", help="keep the steps of --project under this title")
    recipes.add_argument("--project", type=Path, help="the project whose steps are kept")
    recipes.add_argument("--delete", metavar="NAME", help="delete one of your own")
    imported = _verb(verbs, "import", "make a run of a model from elsewhere: a folder of Hugging Face with safetensors",
                     settings=False)
    imported.add_argument("model", type=Path, metavar="FOLDER", help="folder with config.json")
    imported.add_argument("--into", type=Path, metavar="PROJECT", help="a project (default: a new one of its own)")
    imported.add_argument("--run", metavar="NAME", help="name of the run (default: that of the folder)")
    imported.add_argument("--context", type=int, metavar="TOKENS", help="how many tokens it sees at once (default: as "
                          "many as it was made for, at most 1024)")
    imported.add_argument("--folder", type=Path, help="folder for the log of this job")
    runs = _verb(verbs, "runs", "list the runs of a project", settings=False)
    runs.add_argument("project", type=Path)


def _job_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    texts = {"read": "read the sources into a corpus", "clean": "clean the corpus",
             "tokenize": "train the tokenizer and cut the text into tokens",
             "train": "train a model, after whatever is still to do before it",
             "lr-find": "suggest a learning rate by a short sweep on a copy of the fresh model"}
    for name, text in texts.items():
        made = _verb(verbs, name, text)
        made.add_argument("project", type=Path)
        made.add_argument("--folder", type=Path, help="folder for the log of this job")
        if name != "read":
            _recipe_option(made)
    _sweep_verb(verbs)
    refresh = _verb(verbs, "refresh", "fetch what is new from the web pages and news feeds of a project")
    refresh.add_argument("project", type=Path)
    refresh.add_argument("--source", action="append", default=[], metavar="ID",
                         help="only this source; may be repeated")
    refresh.add_argument("--folder", type=Path, help="folder for the log of this job")
    clean = verbs.choices["clean"]
    clean.add_argument("--cluster", choices=("ray", "local"), help="share the work out with DataTrove: on a Ray "
                       "cluster, or on processes of this machine")
    clean.add_argument("--tasks", type=int, default=8, help="into how many tasks, with --cluster (default 8)")
    train = verbs.choices["train"]
    train.add_argument("--budget", type=duration, metavar="TIME", help="time to train, such as 5m or 1h30m")
    train.add_argument("--run", metavar="NAME", help="name of the run (default: run-1, run-2, ...)")
    train.add_argument("--resume", action="store_true", help="go on with the run where it was cut off or stopped")


def _sweep_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    sweep = _verb(verbs, "sweep", "train one run after another over all combinations of some settings")
    sweep.add_argument("project", type=Path)
    sweep.add_argument("--over", action="append", required=True, metavar="PATH=A,B,C",
                       help="a setting and its values; may be repeated")
    sweep.add_argument("--random", type=int, metavar="N", help="only N combinations, drawn by chance")
    sweep.add_argument("--seed", type=int, default=42, help="for the draw (default 42)")
    sweep.add_argument("--budget", type=duration, metavar="TIME", help="time to train each, such as 5m or 1h30m")
    what_if = _verb(verbs, "what-if", "train a run like another one with exactly one change", settings=False)
    what_if.add_argument("run", type=Path, help="folder of the run")
    what_if.add_argument("change", metavar="PATH=VALUE")


def _recipe_option(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--recipe", metavar="NAME", help="cleaning recipe: gentle, strict, web, poems, code, chinese, "
                      "none, or one of your own")


def _run_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    generate = _verb(verbs, "generate", "write with a trained model")
    generate.add_argument("run", type=Path, help="folder of the run")
    generate.add_argument("--prompt", required=True, help="beginning of the text; - reads standard input")
    generate.add_argument("--checkpoint", default="best", help="best, last, baseline or step-N (default best)")
    for option, kind in (("tokens", int), ("seed", int), ("temperature", float), ("top-k", int), ("top-p", float),
                         ("min-p", float), ("repetition-penalty", float)):
        generate.add_argument(f"--{option}", type=kind)
    generate.add_argument("--stop", action="append", help="end before this text; may be repeated")
    score = _verb(verbs, "score", "bits per byte and perplexity of a text under a trained model", settings=False)
    score.add_argument("run", type=Path, help="folder of the run")
    score.add_argument("file", type=Path, help="text file; - reads standard input")
    score.add_argument("--checkpoint", default="best", help="best, last, baseline or step-N (default best)")
    export = _verb(verbs, "export", "write a run in a format that other programs read")
    export.add_argument("run", type=Path, nargs="?", help="folder of the run")
    export.add_argument("format", nargs="?", help="one of those that --list shows")
    export.add_argument("--to", type=Path, metavar="FOLDER", help="a new or empty folder (default: one in the "
                        "project's exports)")
    export.add_argument("--folder", type=Path, help="folder for the log of this job")
    export.add_argument("--checkpoint", default="best", help="best, last, baseline or step-N (default best)")
    export.add_argument("--list", action="store_true", help="list the formats, with a run also which of them fit it")
    opened = _verb(verbs, "open", "make a run of a run capsule, the one file that export RUN capsule writes",
                   settings=False)
    opened.add_argument("file", type=Path, help="a file that ends in .wenlu")
    opened.add_argument("--into", type=Path, metavar="PROJECT", help="a project (default: a new one of its own)")
    batch = _verb(verbs, "batch", "the first batch exactly as the model sees it: its tokens and which are learned",
                  settings=False)
    batch.add_argument("folder", type=Path, help="folder of a run, or of a project whose text was cut into tokens")
    batch.add_argument("--windows", type=int, default=4, help="how many windows to show (default 4)")
    evaluate = _verb(verbs, "evaluate", "measure a model's answers on its task, beside those of trivial baselines")
    evaluate.add_argument("run", type=Path, help="folder of the run")
    evaluate.add_argument("--shown", type=int, default=5, help="how many of the best and worst answers to print")
    evaluate.add_argument("--list", action="store_true", help="list the results that are kept, and measure nothing")
    evaluate.add_argument("--folder", type=Path, help="folder for the log of this job")
    serve = _verb(verbs, "serve", "answer other programs as OpenAI's server does, on this machine", settings=False)
    serve.add_argument("path", type=Path, help="folder of a run, or of a project to serve all its runs")
    serve.add_argument("--port", type=int, default=8011, help="port (default 8011; 0 takes any that is free)")
    serve.add_argument("--checkpoint", default="best", help="best or last (default best)")
    serve.add_argument("--network", action="store_true",
                       help="also answer other machines; they need the access key, which is then always asked for")
    serve.add_argument("--key", action="store_true", help="ask for an access key; $WENLU_KEY, or one made for this "
                       "time and printed")
    serve.add_argument("--origin", action="append", default=[], metavar="URL",
                       help="let web pages of this origin ask, such as http://localhost:3000; may be repeated")
    serve.add_argument("--threads", type=int, help="threads to compute with (default: all cores)")
    serve.add_argument("--attached", action="store_true", help="end when standard input ends")
    doctor = _verb(verbs, "doctor", "say what goes well or badly in a run, why, and what to change", settings=False)
    doctor.add_argument("run", type=Path, help="folder of the run")
    texts = {"stop": "ask a run to save and stop", "pause": "ask a run to wait",
             "continue": "ask a run that waits to go on",
             "speed": "ask a run to take more or less of the machine, from now on"}
    for name, text in texts.items():
        _verb(verbs, name, text, settings=False).add_argument("run", type=Path, help="folder of the run")
    verbs.choices["speed"].add_argument("speed", choices=get_args(Speed))
