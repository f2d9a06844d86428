"""Source code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.corpora import pieces
from engine.corpora.document import Document, Skipped
from engine.corpora.files import TextFile
from engine.corpora.parts import known
from engine.corpora.reader import Reader

LANGUAGES: dict[str, str] = {
    "Python": ".py .pyw .pyi", "JavaScript": ".js .mjs .cjs .jsx", "TypeScript": ".ts .mts .cts .tsx", "C": ".c .h",
    "C++": ".cc .cpp .cxx .hpp .hh .hxx", "C#": ".cs", "Rust": ".rs", "Go": ".go", "Java": ".java",
    "Kotlin": ".kt .kts", "Scala": ".scala", "Swift": ".swift", "Objective-C": ".mm", "Ruby": ".rb", "PHP": ".php",
    "Perl": ".pl .pm", "Shell": ".sh .bash .zsh", "PowerShell": ".ps1", "Lua": ".lua", "R": ".r", "Julia": ".jl",
    "SQL": ".sql", "CSS": ".css .scss .less", "Haskell": ".hs", "OCaml": ".ml .mli", "F#": ".fs", "Erlang": ".erl",
    "Elixir": ".ex .exs", "Clojure": ".clj .cljs", "Lisp": ".lisp .el .scm .rkt", "Dart": ".dart", "Zig": ".zig",
    "Nim": ".nim", "D": ".d", "Fortran": ".f90 .f95 .f03", "Pascal": ".pas", "Ada": ".adb .ads", "Assembly": ".asm",
    "CUDA": ".cu .cuh", "GLSL": ".glsl", "Verilog": ".v .sv", "VHDL": ".vhd", "Groovy": ".groovy .gradle",
    "Vue": ".vue", "Svelte": ".svelte", "Tcl": ".tcl", "Awk": ".awk", "CMake": ".cmake", "Protocol Buffers": ".proto",
    "GraphQL": ".graphql", "Terraform": ".tf", "Nix": ".nix", "Solidity": ".sol", "Vim script": ".vim",
}
"""Programming languages and the endings of their files."""

_LANGUAGE = {ending: language for language, endings in LANGUAGES.items() for ending in endings.split()}
_LICENCE = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+() -]{2,100}[\w+)])")


class CodeReader(Reader, kind="code", title="Source code"):
    """Read source code as it is, with its programming language, and its licence where the file names it.

    Source: own list of endings; licences as SPDX identifiers (ISO/IEC 5962).
    """

    extensions = tuple(_LANGUAGE)
    in_process = True

    def read(self, file: TextFile) -> Iterator[Document | Skipped]:
        """One document, or one for every block or line."""
        facts = known(programming_language=_LANGUAGE.get(file.suffix), licence=_licence(file))
        for text in pieces.CUTTERS[file.options.documents](file.pieces()):
            yield Document("", text, metadata=dict(facts))


def _licence(file: TextFile) -> str | None:
    found = _LICENCE.search(next(file.pieces(), "")[:4000])
    return found[1].strip() if found else None
