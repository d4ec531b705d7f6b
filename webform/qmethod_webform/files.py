"""The files of the pages: under which addresses they stand, how they are sent, and which scripts a script brings along.

All addresses carry one digest of all files. So a script that imports another by a relative address gets the one it was made with, and a browser asks
for none of them twice. They are read once, packed once, and sent from memory.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, current_app, g, request, url_for
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

_IMPORT = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([\w-]+\.js)["']""")
WORTH_PACKING = 0.9
"""A file is sent packed where that makes it smaller than this share."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent.

    Parameters
    ----------
    content : bytes
    packed : bytes or None
        The same by gzip, where that is smaller.
    kind : str
        Its type of content.
    imports : tuple of str
        Names of the scripts that a script imports itself.
    """

    content: bytes
    packed: bytes | None
    kind: str
    imports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """All files of the pages.

    Parameters
    ----------
    version : str
        A digest of all of them.
    by_name : mapping of str to File
    """

    version: str
    by_name: Mapping[str, File]

    def brought_along(self, names: Iterable[str]) -> tuple[str, ...]:
        """The scripts that some import, and those import, and so on, without the first; each once, in the order in which they are met."""
        first = list(names)
        found, waiting = dict.fromkeys(first), list(first)
        for name in waiting:
            new = [other for other in self.by_name[name].imports if other not in found]
            found |= dict.fromkeys(new)
            waiting += new
        return tuple(name for name in found if name not in first)


def read(folder: Path) -> Files:
    """The files of a folder that has no folders.

    Parameters
    ----------
    folder : Path
    """
    digest, found = hashlib.sha256(), {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
        packed = gzip.compress(content, 9, mtime=0)
        kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        imports = _IMPORT.findall(content.decode()) if path.suffix == ".js" else ()
        found[path.name] = File(content, packed if len(packed) < WORTH_PACKING * len(content) else None, kind, tuple(dict.fromkeys(imports)))
    return Files(digest.hexdigest()[:12], found)


def takes_gzip(accepted: Iterable[tuple[str, float]]) -> bool:
    """Whether somebody takes what is packed by gzip.

    Parameters
    ----------
    accepted : iterable of pair of str and float
        Names in ``Accept-Encoding``, each with how much it is liked; 0 is not at all.
    """
    liked = {name.lower(): much for name, much in accepted}
    return liked.get("gzip", liked.get("*", 0)) > 0


def serve(app: Flask, files: Files) -> None:
    """Let an application serve the files, and its templates know their addresses.

    Parameters
    ----------
    app : Flask
    files : Files
    """
    app.extensions["qmethod files"] = files

    # A page that was opened before the server was renewed has addresses of then, and gets what there is now. It is not kept.
    @app.get("/static/<name>", endpoint="static")
    @app.get("/static/<version>/<name>", endpoint="static")
    def file(name: str, version: str = "") -> AnyResponse:  # noqa: ARG001 - decides in `lasts`
        if (found := files.by_name.get(name)) is None:
            abort(404)
        packed = found.packed if takes_gzip(request.accept_encodings) else None
        answer = Response(found.content if packed is None else packed, content_type=f"{found.kind}; charset=utf-8")
        answer.headers["Vary"] = "Accept-Encoding"
        if packed is not None:
            answer.headers["Content-Encoding"] = "gzip"
        answer.set_etag(f"{files.version}-{name}{'' if packed is None else '-gzip'}")
        return answer.make_conditional(request)

    along = {name: files.brought_along([name]) for name in files.by_name}

    def folder() -> Markup:
        if "folder_of_files" not in g:  # once a page, which asks for eight
            g.folder_of_files = escape(url_for("static", version=files.version, name="-").removesuffix("-"))
        found: Markup = g.folder_of_files
        return found

    @app.template_global()
    def asset(name: str) -> Markup:
        return folder() + name

    @app.template_global()
    def script(name: str) -> Markup:
        """A script of the page, after those that it brings along, so that the browser asks for all of them at once."""
        known: set[str] = g.setdefault("scripts asked for", set())
        wanted = [one for one in along[name] if one not in known]
        known.update(wanted)
        where = folder()
        early = "".join(f'<link rel="modulepreload" href="{where}{one}">' for one in wanted)
        return Markup(f'{early}<script type="module" src="{where}{name}"></script>')  # noqa: S704 - escaped, and names as `_IMPORT` finds them


def lasts(response: Response) -> bool:
    """Whether the answer to this request may be kept for good, because its address would be another one if the file were."""
    version = (request.view_args or {}).get("version")
    return response.status_code < 400 and version == current_app.extensions["qmethod files"].version
