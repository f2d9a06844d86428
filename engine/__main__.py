"""`python -m engine`, the same as `wenlu-engine`."""

import sys

from engine.cli import main

if __name__ == "__main__":
    sys.exit(main())
