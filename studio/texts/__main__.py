"""`python -m studio.texts`: answers questions about texts until its standard input ends."""

import sys

from studio.texts.process import serve

if __name__ == "__main__":
    sys.exit(serve())
