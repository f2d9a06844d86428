"""The guard that every Qt override wears, so that a fault in it is reported instead of reaching Qt.

On Python 3.11 an exception that leaves an overridden Qt method ends the whole process; caught here, it costs one
repaint at most.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from studio import crash

Method = TypeVar("Method", bound=Callable[..., Any])


def guarded(returns: Any = None) -> Callable[[Method], Method]:
    """Catch whatever the method raises, report it, and give Qt `returns` instead.

    A class or function given as `returns` is called for a fresh value: `@guarded(returns=QSize)`. A slot may take
    fewer values than its signal carries, as without the guard.
    """

    def decorate(method: Method) -> Method:
        code = getattr(method, "__code__", None)
        most = code.co_argcount if code is not None and not code.co_flags & inspect.CO_VARARGS else None

        @functools.wraps(method)
        def safe(*arguments: Any, **named: Any) -> Any:
            try:
                return method(*arguments[:most], **named)
            except Exception as error:  # the crash hook's own edge: nothing may pass on to Qt
                crash.report(error)
                return returns() if callable(returns) else returns

        return safe  # type: ignore[return-value]

    return decorate
