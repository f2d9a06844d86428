"""Pass the tests: `python3 tests` makes what they need first; other words go to pytest."""

# Any Python reads this file, also one that is too old for the rest: keep it to words that Python 2.7 knows.
import os
import sys

if sys.version_info < (3, 10):  # noqa: UP036  (it is the very Python that is checked here)
    sys.stderr.write("Wenlu needs Python 3.10 or newer and this is Python %d.%d: install one from "  # noqa: UP031
                     "https://www.python.org/downloads and start it so, `python3.12 tests`.\n" % sys.version_info[:2])
    sys.exit(2)


def run_pytest():
    """Run the tests without a screen and on two threads; gives pytest's exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    import pytest

    os.chdir(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return int(pytest.main(sys.argv[1:]))


if __name__ == "__main__":
    if not __package__:
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from studio.bootstrap import begin

    sys.exit(begin("tests", ("test",), run_pytest, "Passes all tests, after making what they need.",
                   "Other words go to pytest, such as -k NAME or tests/house."))
