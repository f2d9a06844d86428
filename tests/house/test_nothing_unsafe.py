"""What the product never does: run foreign code, write half a file, catch everything, leave a thing for later."""

from __future__ import annotations

import ast

from tests.house.sources import calls_in, imports_in, name_of, product_files, tree_of

RUNS_FOREIGN_CODE = {"eval", "exec", "torch.load", "pickle.load", "pickle.loads", "yaml.load", "marshal.loads",
                     "os.system", "dill.load", "joblib.load", "shelve.open"}
PICKLING = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
WRITERS = {
    "engine/storage.py": "it is the one that writes",
    "engine/resuming.py": "append-only files, in a folder that storage puts in place whole",
    "engine/corpora/corpus.py": "shards, in a folder that storage puts in place whole",
    "engine/corpora/bands.py": "the index of near duplicates, which is made anew after a kill",
    "engine/runs/folder.py": "a new run, in a folder that storage puts in place whole",
    "engine/tokenizers/token_file.py": "tokens, in a folder that storage puts in place whole",
    "engine/models/kinds/ngram/spilling.py": "runs of counts, in a temporary folder that goes with the counting",
    "engine/tokenizers/sample.py": "a temporary text for the trainer",
    "engine/tokenizers/kinds/word.py": "a temporary list for the trainer",
    "studio/crash.py": "the interpreter writes its last words there by itself",
    "studio/engine_process.py": "what the child says goes there by the system's hand",
    "studio/environment.py": "the lock of a set-up, before anything else exists",
}
EDGES = {
    "engine/cli/main.py": "the edge of the engine",
    "engine/runs/job.py": "a bug must be in the log before the process ends",
    "engine/corpora/reader.py": "a parser may fail in any way on a damaged file, which must not stop the rest",
    "engine/generation/talker.py": "one bad question must not end a process that others rely on",
    "engine/serving/desk.py": "what breaks one request must not end those of others",
    "engine/serving/server.py": "what breaks one request must not end the server",
    "engine/tokenizers/byte_level.py": "a library that raises bare exceptions reads a file there",
    "studio/guard.py": "the edge towards Qt",
    "studio/queries.py": "nothing is above a thread",
    "studio/texts/process.py": "one bad question must not end a process that others rely on",
    "studio/window.py": "one broken page must not take the others along",
}
SPEAKS_TO_THE_TERMINAL = ("engine/cli/", "studio/bootstrap.py", "studio/environment.py", "studio/start.py",
                          "studio/crash.py")


REACHES_OUT = {"socket", "ssl", "httpx", "httpcore", "urllib.request", "urllib3", "http.client", "http.server",
               "ftplib", "smtplib", "requests", "aiohttp", "PySide6.QtNetwork"}
MAY_REACH_OUT = {"studio/closing.py": "a socket pair inside the process, through which signals are heard",
                 "engine/serving/server.py": "answers at this machine's own address when the user starts it"}


def lines_of(wanted):
    """Where a rule is broken: 'file:line' of every node that `wanted` picks."""
    return [f"{name_of(file)}:{node.lineno}" for file in product_files() for node in ast.walk(tree_of(file))
            if wanted(file, node)]


def test_no_foreign_code_is_run():
    assert not lines_of(lambda file, node: isinstance(node, ast.Call) and ast.unparse(node.func) in RUNS_FOREIGN_CODE)
    assert not [name_of(file) for file in product_files()
                if PICKLING & {module.partition(".")[0] for module in imports_in(file)}]


def test_the_network_is_reached_from_one_room_alone():
    assert not [name_of(file) for file in product_files() if REACHES_OUT & set(imports_in(file))
                and not name_of(file).startswith("engine/corpora/web/") and name_of(file) not in MAY_REACH_OUT]


def test_no_shell_stands_between():
    assert not lines_of(lambda file, node: isinstance(node, ast.keyword) and node.arg == "shell")


def writes(call: ast.Call) -> bool:
    """Whether a call opens a file to write, or replaces one."""
    name = ast.unparse(call.func)
    owner, _, method = name.rpartition(".")
    if method in ("write_text", "write_bytes"):
        return owner not in ("", "storage")
    if method != "open":
        return False
    named = [word.value for word in call.keywords if word.arg == "mode"]
    mode = (named or call.args[0 if owner else 1:][:1] or [None])[0]
    text = mode.value if isinstance(mode, ast.Constant) else "r"
    return isinstance(text, str) and set(text) <= set("rwxabt+") and bool(set(text) & set("wxa+"))


def test_the_check_knows_writing_from_reading():
    def writes_in(text: str) -> bool:
        return any(writes(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))

    assert writes_in("open(path, 'w')") and writes_in("path.open('ab')") and writes_in("path.write_text('a')")
    assert not writes_in("open(path)") and not writes_in("open('w')") and not writes_in("storage.write_text(a, b)")


def test_files_are_written_by_storage_alone():
    assert not [f"{name_of(file)}:{call.lineno}" for file in product_files() if name_of(file) not in WRITERS
                for _, call in calls_in(file) if writes(call)], \
        "write through engine.storage, so that a power cut leaves the old file or the new one"


def test_no_error_is_swallowed_whole():
    assert not lines_of(lambda file, node: isinstance(node, ast.ExceptHandler) and name_of(file) not in EDGES
                        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
                        and not any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node)))


def test_input_is_not_checked_by_assert():
    assert not lines_of(lambda file, node: isinstance(node, ast.Assert)
                        and not ast.unparse(node.test).startswith("isinstance("))  # a word to the type checker


def test_only_the_edges_print():
    assert not lines_of(lambda file, node: isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
                        and not name_of(file).startswith(SPEAKS_TO_THE_TERMINAL))


def test_the_window_never_reenters_its_own_loop():
    assert not lines_of(lambda file, node: isinstance(node, ast.Attribute)
                        and node.attr in ("processEvents", "blockSignals"))


def test_nothing_is_left_for_later():
    assert not [name_of(file) for file in product_files()
                if any(word in file.read_text("utf-8") for word in ("TODO", "FIXME", "XXX"))]
