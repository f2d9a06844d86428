"""The command line: the same verbs as the window, for scripts, servers and the window itself."""

from engine.cli.main import main

__all__ = ["main"]
