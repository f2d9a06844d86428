"""Files of one idea, functions of one screen, and names that say what is inside."""

from __future__ import annotations

import ast

from tests.house.sources import name_of, product_files, tree_of

LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 60
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "stuff"}


def test_a_file_holds_one_idea():
    lines = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in product_files()}
    assert not {name: count for name, count in lines.items() if count > LINES_OF_A_FILE}


def test_a_function_fits_a_screen():
    lines = {f"{name_of(file)}:{node.name}": node.end_lineno - node.lineno + 1
             for file in product_files() for node in ast.walk(tree_of(file))
             if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert not {name: count for name, count in lines.items() if count > LINES_OF_A_FUNCTION}


def test_a_file_is_named_after_what_is_in_it():
    assert not [name_of(file) for file in product_files() if EMPTY_NAMES & {file.stem, *file.parts}]


def test_a_public_name_says_what_it_gives():
    bare = [f"{name_of(file)}:{node.name}" for file in product_files() for node in tree_of(file).body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            and ast.get_docstring(node) is None]
    modules = [name_of(file) for file in product_files() if tree_of(file).body and not ast.get_docstring(tree_of(file))]
    assert not bare + modules
