"""What keeps a running job from writing, in words: what happened, what is safe, what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from engine import storage
from engine.errors import EngineError
from engine.events import Notice

CODE = "not-saved"

_FULL = ("The disk is full, so training is paused at step {step}. Everything up to step {saved} is saved. Free about "
         "{megabytes} MB and press Continue.")
_QUOTA = ("Your share of this disk is used up, so training is paused at step {step}. Everything up to step {saved} is "
          "saved. Free about {megabytes} MB of it and press Continue.")
_LIMIT = ("Files may not grow that large here, so training is paused at step {step}. Everything up to step {saved} is "
          "saved. Raise the limit to at least {megabytes} MB and press Continue.")
_READ_ONLY = ("The disk has become read-only, so training is paused at step {step}. Everything up to step {saved} is "
              "saved. Make it writable again, with {megabytes} MB free, and press Continue.")
_BROKEN = ("The disk reports an error, so training is paused at step {step}. Everything up to step {saved} is saved. "
           "Check the disk and its cable, see that {megabytes} MB are free, and press Continue.")
_FORBIDDEN = ("The run's folder may no longer be written, so training is paused at step {step}. Everything up to step "
              "{saved} is saved. Give back the permission, with {megabytes} MB free, and press Continue.")
_GONE = ("The run's folder is gone, so training is paused at step {step}. Everything up to step {saved} was saved in "
         "it. Bring the disk or folder back, with {megabytes} MB free, and press Continue.")
_OTHER = ("Training is paused at step {step}, because it could not be saved. {what} Everything up to step {saved} is "
          "saved. Press Continue to try again; {megabytes} MB are needed.")

_TEXTS = {errno.ENOSPC: _FULL, errno.EDQUOT: _QUOTA, errno.EFBIG: _LIMIT, errno.EROFS: _READ_ONLY, errno.EIO: _BROKEN,
          errno.EACCES: _FORBIDDEN, errno.EPERM: _FORBIDDEN, errno.ENOENT: _GONE, errno.ENOTDIR: _GONE,
          errno.ESTALE: _GONE}


def fault_notice(error: EngineError, folder: Path, step: int, saved: int, needed_bytes: int) -> Notice:
    """Why training waits at `step`, when all up to `saved` is safe and `needed_bytes` are to be written."""
    number = error.__cause__.errno if isinstance(error.__cause__, OSError) else None
    text = _GONE if not folder.is_dir() else _TEXTS.get(number or 0, _OTHER)
    missing = needed_bytes - (storage.free_bytes(folder) if text in (_FULL, _QUOTA) else 0)
    return Notice(level="error", code=CODE, step=step, text=text,
                  values={"step": step, "saved": saved, "megabytes": max(0, missing) // 1_000_000 + 1,
                          "what": str(error)})
