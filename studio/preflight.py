"""Looks whether Qt can show a window at all, because Qt itself aborts without a helpful word where it cannot.

Standard library only; loading Qt's plugin costs nothing extra, for the window loads the same files a moment later.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import util
from pathlib import Path

_PACKAGES = {  # file: (Debian, Fedora, Arch); from ldd of the plugins and the packages' file lists
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libGLX.so.0": ("libglx0", "libglvnd-glx", "libglvnd"),
    "libOpenGL.so.0": ("libopengl0", "libglvnd-opengl", "libglvnd"),
    "libX11-xcb.so.1": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libxcb.so.1": ("libxcb1", "libxcb", "libxcb"),
    "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image.so.0": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-render-util.so.0": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-render.so.0": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm.so.0": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync.so.1": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-randr.so.0": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-xfixes.so.0": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb.so.1": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libxcb-util.so.1": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype.so.6": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
    "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-egl.so.1": ("libwayland-egl1", "libwayland-egl", "wayland"),
}
_INSTALLERS = (("apt-get", "sudo apt install", 0), ("dnf", "sudo dnf install", 1), ("pacman", "sudo pacman -S", 2))


def problem(surroundings: Mapping[str, str] = os.environ, system: str = sys.platform) -> str | None:
    """Why no window can be shown, in one sentence with the command that helps; None when one can."""
    if not system.startswith("linux"):
        return None
    names = _plugins_that_qt_would_try(surroundings)
    if not names:
        return ("No display was found: start Wenlu from a desktop (over ssh: `ssh -X`), try "
                "`xvfb-run -a python3 studio`, or train without a window by `wenlu-engine --help`.")
    faults = [fault for name in names for file in _files(name) if (fault := _fault_of(file))]
    if not faults or len(faults) < sum(len(_files(name)) for name in names):
        return None  # one that loads is enough: Qt goes on to the next
    missing = dict.fromkeys(library for _, libraries in faults[-1:] for library in libraries)
    return sentence(list(missing)) if missing else \
        f"Qt cannot show a window ({faults[-1][0]}): try `python3 studio --set-up-again`."


def _plugins_that_qt_would_try(surroundings: Mapping[str, str]) -> list[str]:
    chosen = surroundings.get("QT_QPA_PLATFORM", "")
    if chosen:
        return [name.partition(":")[0] for name in chosen.split(";")]
    names = [("wayland", "WAYLAND_DISPLAY"), ("xcb", "DISPLAY")]
    return [plugin for plugin, variable in names if surroundings.get(variable)]


def _files(plugin: str) -> list[Path]:
    """Where the wheel of PySide6 keeps a plugin; none where Qt comes from the system."""
    found = util.find_spec("PySide6")
    folders = list(found.submodule_search_locations or []) if found else []
    return [file for folder in folders for file in Path(folder).glob(f"Qt/plugins/platforms/libq{plugin}.so")]


def _fault_of(file: Path) -> tuple[str, list[str]] | None:
    """What the loader says of a library, and which files it lacks; None when it loads."""
    try:
        ctypes.CDLL(str(file))
    except OSError as error:
        first = re.match(r"(\S+): cannot open shared object file", str(error))
        return str(error), missing_libraries(_ldd(file)) or ([first.group(1)] if first else [])
    return None


def _ldd(file: Path) -> str:
    if shutil.which("ldd") is None:
        return ""
    return subprocess.run(["ldd", str(file)], capture_output=True, text=True).stdout


def missing_libraries(listing: str) -> list[str]:
    """The libraries that `ldd` did not find."""
    return re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE)


def sentence(missing: Iterable[str], which: str | None = None) -> str:
    """Name the missing libraries and the command that installs them; `which` is the system's installer."""
    missing = list(missing)
    names = ", ".join(missing)
    what = f"Qt needs system libraries that are missing ({names})"
    known = [_PACKAGES[name] for name in missing if name in _PACKAGES]
    for installer, command, column in _INSTALLERS:
        if known and (installer == which or (which is None and shutil.which(installer))):
            packages = " ".join(dict.fromkeys(package[column] for package in known))
            return f"{what}: `{command} {packages}` installs them."
    return f"{what}: install the packages that hold them with your system's package manager."
