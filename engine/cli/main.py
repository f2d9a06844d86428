"""The way from a typed line to a verb and its exit code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

from engine.cli.arguments import parser, refuse_what_no_verb_can_use
from engine.cli.output import Output
from engine.cli.verbs import VERBS
from engine.errors import EngineError
from engine.runs.job import BUG, DONE, STOPPED, USER_ERROR


def main(words: Sequence[str] | None = None) -> int:
    """Perform one verb. Returns 0 done, 1 bug, 2 an error the user can mend, 3 stopped."""
    words = sys.argv[1:] if words is None else words
    arguments = parser().parse_args(words)
    output = Output(arguments.json)
    try:
        refuse_what_no_verb_can_use(arguments, words)
        code = VERBS[arguments.verb](arguments, output)
        return DONE if code is None else code
    except EngineError as error:
        output.error(error)
        return USER_ERROR
    except KeyboardInterrupt:
        return STOPPED
    except BrokenPipeError:
        sys.stderr.close()
        return DONE
    except Exception:  # the edge of the engine: nothing is above to catch it
        traceback.print_exc()
        return BUG
