"""The verbs, each a function of the typed arguments."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.cli.commands import continue_, existing_run, pause, speed, stop
from engine.cli.output import Output
from engine.corpora.source import Source
from engine.errors import EngineError
from engine.project import Project
from engine.recipe import Recipe
from engine.runs.folder import RunFolder
from engine.runs.job import DONE, Job, job_folder
from engine.settings import as_assignment, assign, changed, from_plain, to_plain

Verb = Callable[[argparse.Namespace, Output], int | None]


def new(arguments: argparse.Namespace, output: Output) -> None:
    """Make a project folder."""
    chosen = None
    if arguments.sample:
        from engine.corpora.samples import sample

        chosen = sample(arguments.sample)
    project = Project.create(arguments.project, arguments.name or (chosen.title if chosen else ""))
    if chosen is not None:
        project.save(sources=chosen.sources(), recipe=changed(project.recipe, "task.kind", chosen.task))
    if arguments.assignments:
        project.save(recipe=assign(project.recipe, *arguments.assignments))
    output.object({"project": str(project.path), "name": project.name}, f"made {project.path}")


def add(arguments: argparse.Namespace, output: Output) -> int:
    """Add sources to a project, and fetch those that lie on the network."""
    from engine import jobs
    from engine.corpora.fetched import FetchedSource

    project = Project.open(arguments.project)
    sources = [assign(_source(word, arguments.feed), *arguments.assignments) for word in arguments.sources]
    added = project.add_sources(*sources)
    for source in added:
        output.object({"added": to_plain(source)}, f"added {source.label()}")
    to_fetch = [source.id for source in added if isinstance(source, FetchedSource)]
    if not to_fetch:
        return DONE
    job = Job(job_folder(project.jobs_folder, "refresh", {"verb": "refresh"}), "refresh", output.event)
    return job.perform(lambda work: jobs.refresh(project, work, to_fetch))


def _source(word: str, is_feed: bool) -> Source:
    from engine.corpora.encodings import decode
    from engine.corpora.fetched import web_source
    from engine.corpora.source import pasted, source_of

    if not word.strip():  # an empty path would mean the folder one is in, with all that is in it
        raise EngineError("An empty name was given.", "A file, a folder or a web address was expected.",
                          "Check the path.")
    if word == "-":
        return pasted(decode(sys.stdin.buffer.read()))
    if is_feed or word.lower().startswith(("http://", "https://")):
        return web_source(word, True if is_feed else None)
    return source_of(Path(word))


def refresh(arguments: argparse.Namespace, output: Output) -> int:
    """Fetch what is new."""
    from engine import jobs

    return _job(arguments, output, "refresh", lambda project, job: jobs.refresh(project, job, arguments.source))


def set_(arguments: argparse.Namespace, output: Output) -> None:
    """Change settings of a project and keep them."""
    project = Project.open(arguments.project)
    recipe = assign(_with_recipe(project, arguments), *arguments.values, *arguments.assignments)
    recipe.require_valid()
    project.save(recipe=recipe)
    output.object({"recipe": to_plain(recipe)}, f"saved {project.path / 'recipe.toml'}")


def read(arguments: argparse.Namespace, output: Output) -> int:
    """Read the sources."""
    from engine import jobs

    return _job(arguments, output, "read", lambda project, job: {"folder": jobs.read(project, job).name})


def clean(arguments: argparse.Namespace, output: Output) -> int:
    """Clean the corpus."""
    from engine import jobs

    return _job(arguments, output, "clean", lambda project, job: {
        "folder": jobs.clean_and_measure(project, job, arguments.cluster, arguments.tasks).name})


def tokenize(arguments: argparse.Namespace, output: Output) -> int:
    """Train the tokenizer and cut the text."""
    from engine import jobs

    return _job(arguments, output, "tokenize", lambda project, job: {"folder": jobs.tokenize(project, job)[1].name})


def _job(arguments: argparse.Namespace, output: Output, verb: str,
         body: Callable[[Project, Job], dict[str, Any]]) -> int:
    project = _project(arguments)
    run = RunFolder(arguments.folder) if arguments.folder else None
    if run is None or not run.settings_file.exists():
        run = RunFolder.create(run.path, {"verb": verb}) if run else job_folder(project.jobs_folder, verb,
                                                                               {"verb": verb})
    job = Job(run, verb, output.event)
    return job.perform(lambda work: body(project, work))


def _project(arguments: argparse.Namespace) -> Project:
    """The project with the assignments of this call, which are not written to it."""
    project = Project.open(arguments.project)
    project.recipe = assign(_with_recipe(project, arguments), *arguments.assignments)
    project.recipe.require_valid()
    return project


def _with_recipe(project: Project, arguments: argparse.Namespace) -> Recipe:
    """The project's settings with the cleaning recipe of this call."""
    from engine.cleaning.own_recipes import find_recipe

    name = getattr(arguments, "recipe", None)
    return changed(project.recipe, "cleaning.steps", find_recipe(name).spec.steps) if name else project.recipe


def recipes(arguments: argparse.Namespace, output: Output) -> None:
    """List, keep or delete cleaning recipes."""
    from engine.cleaning.own_recipes import delete_recipe, own_recipes, save_recipe
    from engine.cleaning.recipes import RECIPES

    if arguments.delete:
        delete_recipe(arguments.delete)
        output.object({"deleted": arguments.delete}, f"deleted {arguments.delete}")
    elif arguments.keep:
        if arguments.project is None:
            raise EngineError("No project is named.", "--project with its folder was expected.", "Add --project.")
        kept = save_recipe(arguments.keep, Project.open(arguments.project).recipe.cleaning)
        output.object({"kept": kept.id, "title": kept.title}, f"kept {kept.title} as {kept.id}")
    else:
        own = own_recipes()
        for each in (*RECIPES, *own.recipes):
            output.object({"id": each.id, "title": each.title, "help": each.help, "own": each in own.recipes},
                          f"{each.id}: {each.title}. {each.help}")
        for name, error in own.unreadable.items():
            output.object({"unreadable": name, "what": error.what}, f"{name}: {error}")


def train(arguments: argparse.Namespace, output: Output) -> int:
    """Train a model."""
    from engine import jobs
    from engine.training.awake import kept_awake
    from engine.training.environment import prepare_process
    from engine.training.spec import TrainSpec

    project = _project(arguments)
    if arguments.budget is not None:
        project.recipe = assign(project.recipe, f"training.budget_seconds={arguments.budget}")
    if arguments.resume:
        run = _run_to_resume(project, arguments.run)
    elif arguments.folder:
        run = _fresh_run(arguments.folder)
    else:
        run = jobs.new_run(project, arguments.run)
    recipe = run.settings().get("recipe", {})  # a run goes by its own settings, whatever the project says by now
    prepare_process(from_plain(TrainSpec, recipe.get("training", {})))
    if not arguments.json:
        output.object({}, f"run: {run.path}")
    job = Job(run, "train", output.event)
    with kept_awake():
        return job.perform(lambda work: jobs.train(project, work, arguments.resume))


def _fresh_run(folder: Path) -> RunFolder:
    """A run folder that was made but never trained in: training anew beside older checkpoints would lose some."""
    run = RunFolder(folder)
    if not run.settings_file.exists():
        raise EngineError(f"{folder} is not a run.", "A folder with run.toml was expected.",
                          "Leave --folder out, and a new run is made.")
    if any(run.checkpoints.glob("*.safetensors")):
        raise EngineError(f"{run.name} was trained already.", "A run that has not begun was expected.",
                          "Add --resume to go on with it, or leave --folder out for a new run.")
    return run


def _run_to_resume(project: Project, name: str | None) -> RunFolder:
    if name:
        return project.run(name)
    waiting = [run for run in project.runs() if run.status() in ("cut-off", "stopped", "failed")]
    if not waiting:
        raise EngineError(f"{project.name} has no run to go on with.", "A run that was cut off or stopped.",
                          "Start a new one without --resume.")
    return waiting[-1]


def batch(arguments: argparse.Namespace, output: Output) -> None:
    """Show the first batch of a run, or of the next one."""
    from engine.cli.batches import show_batch

    show_batch(arguments, output)


def evaluate(arguments: argparse.Namespace, output: Output) -> int:
    """Measure a model on its task."""
    from engine.cli.evaluations import evaluate_run

    return evaluate_run(arguments, output)


def lr_find(arguments: argparse.Namespace, output: Output) -> int:
    """Search for a learning rate."""
    from engine import jobs
    from engine.training.environment import prepare_process

    prepare_process(_project(arguments).recipe.training)
    return _job(arguments, output, "lr-find", jobs.find_learning_rate)


def generate(arguments: argparse.Namespace, output: Output) -> None:
    """Write with a trained model."""
    from engine.corpora.encodings import decode
    from engine.generation.loading import load_model
    from engine.generation.spec import SamplingSpec
    from engine.generation.writing import write

    spec = from_plain(SamplingSpec, {})
    options = {"max_tokens": arguments.tokens, "seed": arguments.seed, "temperature": arguments.temperature,
               "top_k": arguments.top_k, "top_p": arguments.top_p, "min_p": arguments.min_p,
               "repetition_penalty": arguments.repetition_penalty, "stop": arguments.stop}
    spec = from_plain(SamplingSpec, {**to_plain(spec), **{k: v for k, v in options.items() if v is not None}})
    spec = assign(spec, *arguments.assignments)
    prompt = decode(sys.stdin.buffer.read()) if arguments.prompt == "-" else arguments.prompt
    loaded = load_model(arguments.run, arguments.checkpoint)
    written = []
    if not output.as_json:
        print(prompt, end="", flush=True)
    for piece in write(loaded, prompt, spec):
        written.append(piece.text)
        if output.as_json:
            output.object({"token": piece.token.id, "text": piece.text, "log_prob": piece.token.log_prob})
        else:
            print(piece.text, end="", flush=True)
    output.object({"prompt": prompt, "text": "".join(written), "step": loaded.step, "seed": spec.seed}, "")


def score(arguments: argparse.Namespace, output: Output) -> None:
    """Measure a text under a trained model."""
    from engine.corpora.encodings import decode
    from engine.generation.loading import load_model
    from engine.generation.scoring import score_text

    if str(arguments.file) != "-" and not arguments.file.is_file():
        raise EngineError(f"{arguments.file} does not exist.", "A text file was expected.", "Check the path.")
    content = sys.stdin.buffer.read() if str(arguments.file) == "-" else arguments.file.read_bytes()
    text = decode(content)
    loaded = load_model(arguments.run, arguments.checkpoint)
    found = score_text(loaded.model, loaded.tokenizer, text, details=False)
    output.object({"bits_per_byte": found.bits_per_byte, "perplexity": found.perplexity, "tokens": found.n_tokens,
                   "bytes": found.size_bytes, "step": loaded.step},
                  f"{found.bits_per_byte:.4f} bits per byte, perplexity {found.perplexity:.2f} over "
                  f"{found.n_tokens} tokens (step {loaded.step})")


def open_(arguments: argparse.Namespace, output: Output) -> None:
    """Open a run capsule."""
    from engine.cli.capsules import open_file

    open_file(arguments, output)


def export(arguments: argparse.Namespace, output: Output) -> int:
    """Write a run in a format of other programs, or list the formats."""
    from engine.cli.exports import export_run, list_formats

    if not arguments.list:
        return export_run(arguments, output)
    list_formats(arguments, output)
    return DONE


def import_(arguments: argparse.Namespace, output: Output) -> int:
    """Make a run of a model from elsewhere."""
    from engine.cli.imports import import_model

    return import_model(arguments, output)


def serve(arguments: argparse.Namespace, output: Output) -> int:
    """Answer other programs as OpenAI's server does."""
    from engine.cli import serve as serving

    return serving.serve(arguments, output)


def runs(arguments: argparse.Namespace, output: Output) -> None:
    """List the runs of a project."""
    from engine.runs.log import read_events
    from engine.runs.series import series_of

    for run in Project.open(arguments.project).runs():
        series = series_of(read_events(run.log))
        best = series.best.bits_per_byte if series.best else None
        step = series.steps[-1].step if series.steps else 0
        shown = f"{best:.4f} bits/byte" if best is not None else "no validation yet"
        output.object({"run": run.name, "status": run.status(), "step": step, "best_bits_per_byte": best,
                       "model": series.plan.model if series.plan else None, "folder": str(run.path)},
                      f"{run.name}: {run.status()}, step {step}, {shown}")


def doctor(arguments: argparse.Namespace, output: Output) -> None:
    """Say what goes well or badly in a run."""
    from engine.runs.log import read_events
    from engine.runs.series import series_of
    from engine.training.doctor import examine

    run = existing_run(arguments.run)
    found = examine(series_of(read_events(run.log)), run.settings())
    for finding in found:
        fix = f" Next run: --set '{as_assignment(finding.fix.path, finding.fix.value)}'" \
            if finding.fix else ""
        output.object(finding.plain(), f"{finding.level}: {finding.sentence()}{fix}")
    if not found and not output.as_json:
        output.object({}, f"{run.name}: nothing stands out.")


def bench(arguments: argparse.Namespace, output: Output) -> None:
    """Measure this machine, or how fast a model trains on it."""
    if arguments.what == "train":
        from engine.training.bench import bench_training

        recipe = assign(Recipe(), *arguments.assignments)
        figures = bench_training(recipe.model, recipe.training, arguments.seconds, arguments.trace)
        output.object(figures, "\n".join(f"{key.replace('_', ' ')}: {value}" for key, value in figures.items()))
        return
    if arguments.assignments:
        raise EngineError("Measuring the machine uses no settings, so --set would do nothing.",
                          "--set belongs to bench train.", "Leave it out, or write bench train.")
    from engine.training.devices import devices, measure

    for figure in itertools.chain(devices(), () if arguments.devices else measure()):
        output.object(figure, ", ".join(f"{key} {value}" for key, value in figure.items()))


def reference_(arguments: argparse.Namespace, output: Output) -> None:
    """All settings as Markdown."""
    from engine.cli.reference import reference

    text = reference(Recipe)
    output.object({"markdown": text}, text)


def talk(arguments: argparse.Namespace, output: Output) -> int:
    """Answer the playground's requests."""
    from engine.generation.talk import serve

    return serve(threads=arguments.threads)


def sweep(arguments: argparse.Namespace, output: Output) -> int:
    """Train over combinations of settings."""
    from engine.cli.sweeps import train_all
    from engine.variants import sweep as variants_of

    project = _project(arguments)
    if arguments.budget is not None:
        project.recipe = assign(project.recipe, f"training.budget_seconds={arguments.budget}")
    return train_all(project, variants_of(project.recipe, arguments.over, arguments.random, arguments.seed), output)


def what_if(arguments: argparse.Namespace, output: Output) -> int:
    """Train a run like another one with one change."""
    from engine.cli.sweeps import train_all
    from engine.variants import what_if as variant_of

    run = existing_run(arguments.run)
    return train_all(Project.open(run.path.absolute().parent.parent), [variant_of(run.settings(), arguments.change)],
                     output, of=run.name)


VERBS: dict[str, Verb] = {
    "new": new, "add": add, "set": set_, "refresh": refresh, "read": read, "clean": clean, "tokenize": tokenize,
    "train": train, "lr-find": lr_find, "generate": generate, "score": score, "batch": batch,
    "evaluate": evaluate, "export": export, "open": open_, "import": import_, "serve": serve, "runs": runs,
    "doctor": doctor, "recipes": recipes, "stop": stop, "pause": pause, "continue": continue_, "speed": speed,
    "sweep": sweep, "what-if": what_if, "bench": bench, "reference": reference_, "talk": talk,
}

