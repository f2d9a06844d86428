"""What each verb does with a project; the command line calls these in a process of its own, the window starts that."""

from __future__ import annotations

import dataclasses
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from engine import storage
from engine.cleaning.cluster import ClusterName, clean_on_cluster
from engine.cleaning.clusters import write_clusters
from engine.cleaning.pipeline import clean_corpus
from engine.cleaning.steps.near_duplicates import NearDuplicates
from engine.corpora import search
from engine.corpora.corpus import Corpus, read_corpus
from engine.corpora.fetched import FOLDER, FetchedSource
from engine.errors import EngineError
from engine.evaluation.evaluate import Result
from engine.evaluation.evaluate import evaluate as evaluate_task
from engine.evaluation.spec import EvaluateSpec
from engine.events import CleaningMeasured, StageDone, StageStarted
from engine.exchange.capsule import check_capsule
from engine.exchange.opening import open_capsule
from engine.project import Project, Stage
from engine.recipe import Recipe
from engine.resuming import resuming_folder
from engine.runs.folder import RunFolder, checked_name, next_name
from engine.runs.job import Job
from engine.settings import from_plain, to_plain
from engine.tasks.texts import texts_of
from engine.tokenizers.token_file import TokenFile, write_token_files
from engine.tokenizers.tokenizer import Tokenizer
from engine.training.beginning import Beginning, beginning_of, earlier_tokenizer, keep_beginning
from engine.training.effect import CleaningEffect, effect_of_cleaning
from engine.work import Stopped, Work

EFFECT = "effect.json"
"""Beside a cleaned corpus: what `effect_of` reads."""


def command_for(verb: str, *arguments: str) -> list[str]:
    """The command line that performs a verb in a process of its own."""
    return [sys.executable, "-m", "engine", verb, "--json", *arguments]


def refresh(project: Project, work: Work, ids: Collection[str] = ()) -> dict[str, Any]:
    """Fetch what is new from web pages and news feeds, all or those with these ids, and keep it in the project.

    No other verb connects to anything. Raises EngineError when nothing at all could be had.
    """
    chosen = [source for source in project.sources if isinstance(source, FetchedSource)
              and (not ids or source.id in ids)]
    if not chosen:
        raise EngineError(f"{project.name} has no such web page or news feed.", "At least one was expected.",
                          "Add its address first.")
    work.report(StageStarted(stage="fetch"))
    totals: dict[str, Any] = {"new": 0, "unchanged": 0, "left_out": 0}
    why: Counter[str] = Counter()
    for source in chosen:
        figures = source.fetch(work)
        why.update(figures.reasons)
        summary = {"source": source.id, "label": source.label(), "new": figures.new, "unchanged": figures.unchanged,
                   "left_out": figures.left_out}
        totals = {name: count + summary[name] for name, count in totals.items()}
        work.report(StageDone(stage="fetch", folder=f"{FOLDER}/{source.id}", summary=summary))
    if why and not totals["new"] and not totals["unchanged"]:
        raise EngineError(f"Nothing could be fetched from {chosen[0].label()}.", why.most_common(1)[0][0],
                          "The Corpus page says what helps, page by page.")
    return totals


def read(project: Project, work: Work) -> Path:
    """Read all sources into a corpus; raises EngineError when there is no text at all."""
    if not project.sources:
        raise EngineError(f"{project.name} has no text yet.", "At least one source was expected.",
                          "Add files, a folder, web pages or pasted text.")

    def make(into: Path) -> dict[str, Any]:
        manifest = read_corpus(project.sources, into, work)
        if not manifest.documents:
            raise EngineError("None of the sources has text that could be read.",
                              f"{len(manifest.skipped)} files were skipped.", "Look at the reasons on the Corpus page.")
        search.build(Corpus(into), work)
        return manifest.summary()

    return _stage(project.stage("corpus"), make, work)


def clean(project: Project, work: Work, cluster: ClusterName | None = None, tasks: int = 1) -> Path:
    """Clean the corpus, reading it first if need be; on a cluster, in so many tasks, if one is named."""
    corpus = read(project, work)

    def make(into: Path) -> dict[str, Any]:
        if cluster is None:
            manifest = clean_corpus(Corpus(corpus), project.recipe.cleaning, into, work)
        else:
            manifest = clean_on_cluster(Corpus(corpus), project.recipe.cleaning, into, work, cluster, tasks)
        if not manifest.documents:
            raise EngineError("Cleaning left no text.", "At least one document was expected to remain.",
                              "Switch off the steps that drop the most, or choose the recipe None.")
        if any(isinstance(step, NearDuplicates) for step in project.recipe.cleaning.enabled_steps):
            return {**manifest.summary(), "in_clusters": write_clusters(Corpus(into), work)}
        return manifest.summary()

    return _stage(project.stage("cleaned"), make, work)


def clean_and_measure(project: Project, work: Work, cluster: ClusterName | None = None, tasks: int = 1) -> Path:
    """Clean the corpus, and say how much better a 5-gram of the cleaned text foretells clean text; see `effect_of`."""
    cleaned = clean(project, work, cluster, tasks)
    path = cleaned / EFFECT
    if not path.exists():
        work.report(StageStarted(stage="effect"))
        found = effect_of_cleaning(Corpus(project.stage("corpus").folder), Corpus(cleaned), work)
        storage.write_json(path, None if found is None else dataclasses.asdict(found))
    effect = effect_of(cleaned)
    if effect is not None:
        work.report(CleaningMeasured(**dataclasses.asdict(effect)))
    return cleaned


def effect_of(cleaned: Path) -> CleaningEffect | None:
    """What cleaning was measured to be good for; None where it was not measured or there was too little text."""
    plain = storage.read_json(cleaned / EFFECT) if (cleaned / EFFECT).exists() else None
    return CleaningEffect(**plain) if plain else None


def tokenize(project: Project, work: Work) -> tuple[Path, Path]:
    """Train the tokenizer and write the token files, after what is still to do before; returns both folders."""
    cleaned = Corpus(clean(project, work))
    recipe = project.recipe
    texts = texts_of(cleaned, recipe.task, recipe.split, recipe.cleaning, recipe.tokenizer)
    for each in texts.advised:
        work.report(each)

    def make_tokenizer(into: Path) -> dict[str, Any]:
        training = (document.text for document in texts.corpus.documents() if texts.split_of(document) == "train")
        start = recipe.start
        if start.run is None:
            tokenizer = texts.tokenizer.train(training, cleaned.manifest.bytes, work)
        else:
            tokenizer = earlier_tokenizer(start, project.path).with_growth(
                training, texts.tokenizer.user_symbols, start.new_pieces, work)
        tokenizer.save(into)
        return {"kind": tokenizer.kind, "vocab_size": tokenizer.vocab_size}

    def make_tokens(into: Path) -> dict[str, Any]:
        made = write_token_files(texts.corpus, Tokenizer.load(trained), texts.split_of, into, work)
        if left_out := texts.left_out():
            work.report(left_out)
        return made

    trained = _stage(project.stage("tokenizer"), make_tokenizer, work)
    return trained, _stage(project.stage("tokens"), make_tokens, work)


def _stage(stage: Stage, make: Callable[[Path], dict[str, Any]], work: Work) -> Path:
    """Make a stage's folder unless it is there, and say so."""
    relative = f"stages/{stage.folder.name}"
    if stage.is_done:
        summary = storage.read_json(stage.folder / "summary.json")
        work.report(StageDone(stage=stage.name, folder=relative, reused=True, summary=summary))
        return stage.folder
    work.report(StageStarted(stage=stage.name))
    with resuming_folder(stage.folder, (Stopped, KeyboardInterrupt)) as into:
        summary = make(into)
        storage.write_json(into / "summary.json", summary)
    work.report(StageDone(stage=stage.name, folder=relative, summary=summary))
    return stage.folder


def new_run(project: Project, name: str | None = None, recipe: Recipe | None = None,
            origin: dict[str, Any] | None = None) -> RunFolder:
    """A fresh run folder with this recipe, or the project's as it is now; `origin` says what it is a variant of."""
    plain = {"project": project.name, "created": time.time(), "recipe": to_plain(recipe or project.recipe)}
    if origin:
        plain["origin"] = origin
    chosen = checked_name(name) if name else next_name(project.runs_folder, "run")
    return RunFolder.create(project.runs_folder / chosen, plain)


def train(project: Project, job: Job, resume: bool) -> dict[str, Any]:
    """Train a model in the job's run folder, after what is still to do before it.

    A resumed run reads its own settings and the stages it began with, whatever the project says by now.
    """
    from engine.training.trainer import train as train_model

    run = job.run
    settings = run.settings()
    if "imported" in settings:
        raise EngineError(f"{run.name} was imported, not trained here.", "A run that was cut off or stopped.",
                          f"Train a new run that begins with it: --set start.run={run.name}.")
    if not (resume and "stages" in settings):
        if "recipe" in settings:  # a run goes by its own settings, whatever the project says by now
            project.recipe = from_plain(Recipe, settings["recipe"])
        tokenizer, tokens = tokenize(project, job)
        settings["stages"] = {"tokenizer": tokenizer.name, "tokens": tokens.name}
        settings["fingerprints"] = project.fingerprints()
        _keep_tokenizer(tokenizer, run)
        kept = _keep_beginning(project, run, tokenizer)
        run.write_settings({**settings, "start": kept} if kept else settings)
    tokens_folder = project.path / "stages" / settings["stages"]["tokens"]
    if not tokens_folder.exists():
        raise EngineError(f"The tokens that {run.name} was trained on are gone.",
                          f"{tokens_folder.name} was expected in {tokens_folder.parent}.",
                          "Bring them back, or start a new run.")
    return train_model(run, tokens_folder, job, resume=resume)


def import_model(project: Project, folder: Path, work: Work, name: str | None = None,
                 context_length: int | None = None) -> RunFolder:
    """Make a run of the model in a Hugging Face folder."""
    from engine.exchange.importing import import_folder

    return import_folder(folder, project.runs_folder, project.name, work, name, context_length)


def find_learning_rate(project: Project, work: Work) -> dict[str, Any]:
    """Suggest a learning rate for the project's model and text, after what is still to do before that."""
    from engine.training.count import Texts
    from engine.training.devices import look
    from engine.training.rate_finder import find_rate

    tokenizer, tokens = tokenize(project, work)
    training = project.recipe.training
    texts = Texts(TokenFile(tokens, "train"), TokenFile(tokens, "validation"))
    machine = look(training.device, training.precision, training.memory_gigabytes)
    with tempfile.TemporaryDirectory() as scratch:
        beginning = _beginning(project, RunFolder(Path(scratch)), tokenizer)
        found = find_rate(training, project.recipe.model, texts, machine, work, beginning=beginning)
    return {"learning_rate": found.learning_rate}


def _keep_beginning(project: Project, run: RunFolder, tokenizer: Path) -> dict[str, Any] | None:
    """Copy the earlier model that the settings name into a run; `tokenizer` is the one made of its own."""
    start = project.recipe.start
    if start.run is None:
        return None
    larger = Tokenizer.load(tokenizer)
    return keep_beginning(run, start, project.path, larger, earlier_tokenizer(start, project.path).older_ids(larger))


def _beginning(project: Project, run: RunFolder, tokenizer: Path) -> Beginning | None:
    """The earlier model that the settings name, for work that is no run."""
    kept = _keep_beginning(project, run, tokenizer)
    return beginning_of(run, {"start": kept, "recipe": {"start": to_plain(project.recipe.start)}}) if kept else None


def _keep_tokenizer(tokenizer: Path, run: RunFolder) -> None:
    """Copy the tokenizer into the run, so that the run can write wherever it is carried."""
    target = run.path / "tokenizer"
    if not target.exists():
        with storage.replacing_folder(target) as into:
            Tokenizer.load(tokenizer).save(into)


def open_run_capsule(path: Path, place: Path) -> tuple[Project, RunFolder]:
    """Make a run of a capsule: in the project that lies in `place`, or in a new one there with the run's settings.

    Raises EngineError where the capsule was changed; nothing is then left behind.
    """
    is_new = not (place / "project.toml").exists()
    title = check_capsule(path)["title"]
    project = Project.create(place, title) if is_new else Project.open(place)
    try:
        name = checked_name(path.stem)
        taken = (project.runs_folder / name).exists()
        name = next_name(project.runs_folder, "run") if taken else name
        run, _ = open_capsule(path, project.runs_folder, name)
        if is_new:
            recipe = from_plain(Recipe, run.settings().get("recipe", {}))
            project.save(recipe=from_plain(Recipe, {**to_plain(recipe), "start": {}}))
    except EngineError:
        if is_new:
            shutil.rmtree(place, ignore_errors=True)
        raise
    return project, run


def evaluate(run: RunFolder, spec: EvaluateSpec, work: Work) -> Result:
    """Measure a run's model on its task, on examples that it was not trained on; the result is kept in the run."""
    mark = run.settings().get("fingerprints", {}).get("cleaned", "")
    cleaned = run.path.parent.parent / "stages" / f"cleaned-{mark}"
    if not mark or not cleaned.exists():
        raise EngineError(f"The examples that {run.name} was trained on are gone.",
                          f"Its cleaned text was expected in {cleaned.parent}.",
                          "Bring the project's stages back, or train again.")
    work.report(StageStarted(stage="evaluate"))
    result = evaluate_task(run, cleaned, spec, work)
    work.report(StageDone(stage="evaluate", folder=f"runs/{run.name}", summary={
        "figures": result.figures, "examples": result.data["examples"], "split": spec.split}))
    return result
