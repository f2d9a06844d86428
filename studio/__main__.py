"""Open the window: `python3 studio` makes what it needs first; `python -m studio` takes the Python it is given."""

# Any Python reads this file, also one that is too old for the rest: keep it to words that Python 2.7 knows.
import os
import sys

if sys.version_info < (3, 10):  # noqa: UP036  (it is the very Python that is checked here)
    sys.stderr.write("Wenlu needs Python 3.10 or newer and this is Python %d.%d: install one from "  # noqa: UP031
                     "https://www.python.org/downloads and start it so, `python3.12 studio`.\n" % sys.version_info[:2])
    sys.exit(2)

if __name__ == "__main__":
    if __package__:
        from studio.start import main
    else:
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        from studio.bootstrap import open_studio as main
    sys.exit(main())
