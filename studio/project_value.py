"""The open project as a value: opening, editing, undoing, saving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.corpora.source import Source, pasted, source_of
from engine.errors import EngineError
from engine.project import Project
from engine.recipe import Recipe
from engine.settings import Problem, changed
from engine.storage import as_engine_error
from studio.autosave import Autosave
from studio.draft import Draft, History
from studio.i18n import tr
from studio.kept_drafts import KeptDrafts
from studio.launches import free_place
from studio.preferences import PreferenceFile
from studio.unsaved import Answer


class ProjectValue(QObject):
    """One project, or none. Values change through its methods only, are saved by themselves, and can be undone."""

    opened = Signal()            # a project was opened
    closed = Signal()            # none is open any more
    changed = Signal()           # name, sources, recipe, problems, saved mark
    told = Signal(str, object, object)  # level, one sentence, more: to be shown as a strip

    def __init__(self, preferences: PreferenceFile) -> None:
        super().__init__()
        self.preferences = preferences
        self.kept_drafts = KeptDrafts(preferences.path.parent / "drafts")
        self.ask_unsaved: Callable[[EngineError, EngineError | None], Answer] = lambda _problem, _no_draft: "stay"
        """Asked when the project is left and its changes cannot be written; the studio puts a question here."""
        self.project: Project | None = None
        self.read_only_because = ""
        self._draft: Draft | None = None
        self._history = History()
        self._autosave: Autosave | None = None
        self._save_problem = ""
        self._refused: dict[str, Problem] = {}

    # opening and closing

    def new(self, path: Path | None = None, name: str = "", sources: Sequence[Source] = (),
            task: str = "continuation") -> bool:
        """Make a project for a kind of task and open it; without a path, in the user's folder under a free name."""
        if not self._settle(asking=True):
            return False
        try:
            place = path or free_place(self.preferences.projects_folder(), name or tr("New project"))
            project = Project.create(place, name)
            if sources:
                project.save(sources=sources, recipe=changed(project.recipe, "task.kind", task))
        except (EngineError, OSError) as error:
            self._tell_error(_engine_error(error, path))
            return False
        return self._take(project)

    def open(self, path: Path) -> bool:
        """Open a project in the place of this one; where that is not possible, this one stays."""
        if self.project is not None and Path(path).absolute() == self.project.path:
            return True
        try:
            project = Project.open(path)
        except (EngineError, OSError) as error:
            self._tell_error(_engine_error(error, path))
            return False
        return self._take(project)

    def close(self, asking: bool = True) -> bool:
        """Close the project; a job that works goes on in the background.

        Changes that cannot be written are asked about, and the project stays open with them (False) if the user says
        so. Without `asking` they are kept as a draft, which is back when the project opens again.
        """
        if self.project is None:
            return True
        if not self._settle(asking):
            return self.project is None  # it may have been closed behind the question
        self._before_leaving()
        project, self.project = self.project, None
        if self._autosave is not None:
            self._autosave.deleteLater()
            self._autosave = None
        project.lock.unlock()
        self._draft, self._history = None, History()
        self._refused, self._save_problem, self.read_only_because = {}, "", ""
        self.closed.emit()
        return True

    def _settle(self, asking: bool) -> bool:
        """Write the last changes, keep them as a draft, or give them up; False when the user stays with them."""
        project, autosave, no_draft = self.project, self._autosave, None
        while project is not None and autosave is not None and not autosave.finish():
            asked = asking and autosave.problem is not None
            answer = self.ask_unsaved(autosave.problem, no_draft) if asked else "draft"  # type: ignore[arg-type]
            if self.project is not project or answer == "stay":
                return False
            if answer == "draft":
                no_draft = self._keep_draft(project)
            if answer == "lose" or (answer == "draft" and (no_draft is None or not asked)):
                autosave.give_up()
        return True

    def _keep_draft(self, project: Project) -> EngineError | None:
        try:
            self.kept_drafts.keep(project.path, self._draft or Draft(project.name, project.sources, project.recipe))
        except EngineError as error:
            return error
        return None

    def _bring_back(self, project: Project) -> None:
        """Take up the changes that were kept as a draft when the project was left; undo takes them away."""
        try:
            kept = self.kept_drafts.find(project.path)
        except EngineError as error:
            self._tell_error(error)
            return
        if kept == self._draft:
            self.kept_drafts.forget(project.path)
        elif kept is not None:
            self._put(kept, "")
            self.told.emit("info", tr("Changes that could not be saved last time are back."),
                           tr("Undo takes them away."))

    def _take(self, project: Project) -> bool:
        if not self.close():
            return False
        self.project = project
        self._draft = Draft(project.name, project.sources, project.recipe)
        try:
            mine = project.lock.try_lock()
        except OSError as error:
            self.read_only_because = tr("The folder cannot be written to ({reason}). It is open for reading only.",
                                        reason=error.strerror or str(error))
        else:
            if not mine:
                self.read_only_because = tr(
                    "Another window (process {process}) is using this project. It is open here for reading only.",
                    process=project.lock.holder() or "?")
        self._autosave = Autosave(project, self)
        self._autosave.saved.connect(self._on_saved)
        self._autosave.failed.connect(self._on_save_failed)
        self.preferences.remember_project(project.path)
        self.opened.emit()
        if self.read_only_because:
            self.told.emit("warn", self.read_only_because, "")
        else:
            self._bring_back(project)
        self._after_entering()
        return True

    def _after_entering(self) -> None:
        """Called when a project is open."""

    def _before_leaving(self) -> None:
        """Called while the project is still open."""

    # the value

    @property
    def draft(self) -> Draft | None:
        """Name, sources and recipe as they are on screen; None without a project."""
        return self._draft

    @property
    def recipe(self) -> Recipe:
        """The settings as they are on screen; the defaults without a project."""
        return self._draft.recipe if self._draft is not None else Recipe()

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where the text comes from."""
        if self._draft is None or self.project is None:
            return ()
        return tuple(source.in_project(self.project.path) for source in self._draft.sources)

    def edit(self, path: str, value: Any) -> bool:
        """Set one setting of the recipe, such as "training.batch_size"; None leaves it to Wenlu.

        A value that is not possible stays out of the recipe, and `problems` tells why.
        """
        if not self._may_write() or self._draft is None:
            return False
        try:
            recipe = changed(self._draft.recipe, path, value)
        except EngineError as error:
            self._refused[path] = Problem(error.path or tuple(path.split(".")), _of(error), error.fix.rstrip("."))
            self.changed.emit()
            return False
        self._refused = {place: problem for place, problem in self._refused.items()
                         if not (place == path or place.startswith(f"{path}."))}
        self._put(Draft(self._draft.name, self._draft.sources, recipe), path)
        return True

    def replace_recipe(self, recipe: Recipe) -> None:
        """Set all settings at once."""
        if self._may_write() and self._draft is not None:
            self._refused.clear()
            self._put(Draft(self._draft.name, self._draft.sources, recipe), "")

    def rename(self, name: str) -> None:
        """Give the project another title; its folder stays."""
        if self._may_write() and self._draft is not None and name.strip():
            self._put(Draft(name.strip(), self._draft.sources, self._draft.recipe), "name")

    def add_paths(self, paths: Sequence[Path | str]) -> list[Source]:
        """Add files and folders; what is there already or cannot be read is told, and the others are added."""
        new = []
        for path in paths:
            try:
                new.append(source_of(Path(path)))
            except EngineError as error:
                self._tell_error(error)
        return self.add_sources(new)

    def paste(self, text: str, title: str = "") -> list[Source]:
        """Add pasted text."""
        try:
            return self.add_sources([pasted(text, title)])
        except EngineError as error:
            self._tell_error(error)
            return []

    def add_sources(self, sources: Sequence[Source]) -> list[Source]:
        """Add sources that are not there yet; returns those that were new."""
        if not sources or not self._may_write() or self._draft is None:
            return []
        known = {source.id for source in self._draft.sources}
        new: dict[str, Source] = {}
        for source in sources:
            if source.id not in known:
                new.setdefault(source.id, source)
        if new:
            self._put_sources((*self._draft.sources, *new.values()))
        if len(new) < len(sources):
            self.told.emit("info", tr("What was there already was not added again."), "")
        return list(new.values())

    def remove_source(self, id: str) -> None:
        """Take a source off the list; its files stay, and undo brings it back."""
        self._put_sources(tuple(source for source in self.sources if source.id != id))

    def locate_source(self, id: str, path: str) -> bool:
        """Say where a file or folder that was moved lies now; its settings stay."""
        if any(source.id != id and getattr(source, "path", "") == path for source in self.sources):
            self.told.emit("info", tr("What was there already was not added again."), "")
            return False
        return self.edit_source(id, "path", path)

    def edit_source(self, id: str, path: str, value: Any) -> bool:
        """Set one setting of a source, such as "encoding"."""
        try:
            edited = tuple(changed(source, path, value) if source.id == id else source for source in self.sources)
        except EngineError as error:
            self._tell_error(error)
            return False
        self._put_sources(edited, f"sources.{id}.{path}")
        return True

    def undo(self) -> None:
        """Take the last change back."""
        self._go_to(self._history.undo() if self._may_write() else None)

    def redo(self) -> None:
        """Make the undone change again."""
        self._go_to(self._history.redo() if self._may_write() else None)

    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._history.can_undo()

    def can_redo(self) -> bool:
        """Whether there is a change to make again."""
        return self._history.can_redo()

    def problems(self) -> list[Problem]:
        """What is wrong with the settings, with paths that begin at the recipe; refused values first."""
        return [*self._refused.values(), *self.recipe.problems()] if self._draft is not None else []

    def _put_sources(self, sources: tuple[Source, ...], about: str = "") -> None:
        if self._may_write() and self._draft is not None:
            self._put(Draft(self._draft.name, sources, self._draft.recipe), about)

    def _put(self, draft: Draft, about: str) -> None:
        if self._draft is not None and draft != self._draft:
            self._history.note(self._draft, draft, about)
            self._show_draft(draft)
        else:
            self.changed.emit()  # a refused value may have gone

    def _go_to(self, draft: Draft | None) -> None:
        if draft is not None:
            self._refused.clear()
            self._show_draft(draft)

    def _show_draft(self, draft: Draft) -> None:
        self._draft = draft
        if self._autosave is not None:
            self._autosave.keep(draft)
        self.changed.emit()

    def _may_write(self) -> bool:
        if self.read_only_because:
            self.told.emit("warn", self.read_only_because, "")
        return self.project is not None and not self.read_only_because

    # what the shell shows

    def project_name(self) -> str | None:
        """The name of the open project, or None."""
        return self._draft.name if self._draft is not None else None

    def project_folder(self) -> str | None:
        """Where the open project lies."""
        return str(self.project.path) if self.project is not None else None

    def saved_text(self) -> str:
        """'Saved', or why not."""
        if self._draft is None:
            return ""
        if self.read_only_because:
            return tr("Read only")
        if self._save_problem:
            return tr("Not saved")
        return tr("Saving…") if self._autosave is not None and self._autosave.is_waiting() else tr("Saved")

    def _on_saved(self) -> None:
        self._save_problem = ""
        if self.project is not None and self.sender() is self._autosave:
            self.kept_drafts.forget(self.project.path)
        self.changed.emit()

    def _on_save_failed(self, error: EngineError) -> None:
        if self._save_problem != error.what:
            self._save_problem = error.what
            self._tell_error(error)
        if self._autosave is not None:
            self._autosave.try_again_later()
        self.changed.emit()

    def _tell_error(self, error: EngineError) -> None:
        self.told.emit("error", error.what, " ".join(part for part in (error.expected, error.fix) if part))


def _engine_error(error: EngineError | OSError, path: Path | None) -> EngineError:
    return error if isinstance(error, EngineError) else as_engine_error(error, Path(path or error.filename or "."))


def _of(error: EngineError) -> str:
    """What is wrong with a value, for the line under its field."""
    return (error.expected or error.what).rstrip(".")
