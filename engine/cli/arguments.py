"""What can be typed after `wenlu-engine`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from engine import __version__

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
    _verb(verbs, "bench", "measure this machine: threads, precisions, memory")
    _verb(verbs, "reference", "all settings, as Markdown")
    talk = _verb(verbs, "talk", "answer requests on standard input, for the playground (JSON lines)")
    talk.add_argument("--threads", type=int, default=1, help="threads to use (default 1)")
    return top


def _verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str) -> argparse.ArgumentParser:
    made = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    made.add_argument("--json", action="store_true", help="print one JSON object a line")
    made.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", dest="assignments",
                      help="change a setting, such as training.batch_size=32; may be repeated")
    return made


def _project_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = _verb(verbs, "new", "make a project folder")
    new.add_argument("project", type=Path)
    new.add_argument("--sample", help="begin with a sample corpus, such as austen or poems")
    new.add_argument("--name", default="", help="title of the project")
    add = _verb(verbs, "add", "add files, folders or, with -, text from standard input to a project")
    add.add_argument("project", type=Path)
    add.add_argument("sources", nargs="+", metavar="SOURCE")
    change = _verb(verbs, "set", "change settings of a project and keep them")
    change.add_argument("project", type=Path)
    change.add_argument("values", nargs="*", metavar="PATH=VALUE")
    runs = _verb(verbs, "runs", "list the runs of a project")
    runs.add_argument("project", type=Path)


def _job_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    texts = {"read": "read the sources into a corpus", "clean": "clean the corpus",
             "tokenize": "train the tokenizer and cut the text into tokens",
             "train": "train a model, after whatever is still to do before it"}
    for name, text in texts.items():
        made = _verb(verbs, name, text)
        made.add_argument("project", type=Path)
        made.add_argument("--folder", type=Path, help="folder for the log of this job")
    train = verbs.choices["train"]
    train.add_argument("--budget", type=duration, metavar="TIME", help="time to train, such as 5m or 1h30m")
    train.add_argument("--run", metavar="NAME", help="name of the run (default: run-1, run-2, ...)")
    train.add_argument("--resume", action="store_true", help="go on with the run where it was cut off or stopped")


def _run_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    generate = _verb(verbs, "generate", "write with a trained model")
    generate.add_argument("run", type=Path, help="folder of the run")
    generate.add_argument("--prompt", required=True, help="beginning of the text; - reads standard input")
    generate.add_argument("--checkpoint", default="best", help="best, last, baseline or step-N (default best)")
    for option, kind in (("tokens", int), ("seed", int), ("temperature", float), ("top-k", int), ("top-p", float),
                         ("min-p", float), ("repetition-penalty", float)):
        generate.add_argument(f"--{option}", type=kind)
    generate.add_argument("--stop", action="append", help="end before this text; may be repeated")
    score = _verb(verbs, "score", "bits per byte and perplexity of a text under a trained model")
    score.add_argument("run", type=Path, help="folder of the run")
    score.add_argument("file", type=Path, help="text file; - reads standard input")
    score.add_argument("--checkpoint", default="best", help="best, last, baseline or step-N (default best)")
    stop = _verb(verbs, "stop", "ask a run to save and stop")
    stop.add_argument("run", type=Path, help="folder of the run")
