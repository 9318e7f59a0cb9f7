"""The cache: the one module that knows its folders, and who reads and writes there.

    figures/SLUG/DRAWING/    a figure's files; a folder that exists is complete
    data/SLUG/DATA.nc        what was computed
    runs/SLUG/DATA.json      when, where and how long that took, and its checksum
    said/SLUG/DRAWING.json   what was said while the figure was made
    moved/SLUG/PICTURES      its drawing at another position of what readers can move
    verdicts/SLUG/DATA.json  what was found at other settings, for `dlfigs check --vary`
    reads/SLUG/CODE          which files some code of the recipe has read
    dependencies             what was found in texts of code
    pages, fonts, cards      pages as they were rendered, fonts of formulas, and cards, by the site
    compiled, matplotlib     programs that JAX has compiled, and matplotlib's list of fonts

DRAWING, DATA and CODE are digests (see `dlfigs.make.digests`). Whatever is lost is made again.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlfigs.errors import UserError
from dlfigs.make.files import (
    UNFINISHED,
    checksum,
    checksums,
    date_last,
    dates,
    intact,
    keep,
    kept,
    tidy,
    write_folder,
    write_whole,
)
from dlfigs.recipe import moving
from dlfigs.recipe.info import Info

CACHE = Path(".cache/dlfigs")
PICTURES = ("svg", "dark.svg", "png", "pdf", "wide.svg", "wide.dark.svg", "wide.png")
EXPORTED = (*PICTURES, "csv", "nc", "json")
PERHAPS = (*EXPORTED, moving.FILE)  # the last only of figures that can be moved
KEPT = 12  # finished versions of one figure; older ones are removed


@dataclass(frozen=True)
class Built:
    """One figure after a build: its folder, or why there is none."""

    slug: str
    folder: Path | None
    error: str = ""
    is_new: bool = field(default=False, compare=False)  # made just now

    @functools.cached_property
    def info(self) -> Info:
        """What `<slug>.json` says."""
        return Info.read(self.file("json").read_text(encoding="utf-8"))

    @property
    def run(self) -> dict[str, Any]:
        """When, where and how long the figure's data were computed; empty if that was not kept."""
        return Store.around(self.folder).run(self.slug, self.info.digest["data"]) or {}

    @property
    def pictures(self) -> dict[str, bytes]:
        """The files that show it, by suffix."""
        return {suffix: self.file(suffix).read_bytes() for suffix in PICTURES}

    def file(self, suffix: str) -> Path:
        """Path of the figure in one format, for example "svg"."""
        return self.folder / f"{self.slug}.{suffix}"

    @property
    def exported(self) -> tuple[str, ...]:
        """The suffixes of the files that others may have."""
        return PERHAPS if self.info.moves else EXPORTED

    def export(self, target: Path) -> None:
        """Copy it as `<slug>.svg`, `.png` and so on into a folder; each file arrives whole."""
        for suffix in self.exported:
            write_whole(target / f"{self.slug}.{suffix}", self.file(suffix).read_bytes())


class Store:
    """One cache.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # What others keep there by themselves: the site, JAX, and matplotlib
        self.pages, self.fonts = folder / "pages", folder / "fonts"
        self.compiled, self.matplotlib = folder / "compiled", folder / "matplotlib"

    @classmethod
    def around(cls, figure: Path) -> Store:
        """Return the cache that a finished figure's folder is in."""
        return cls(figure.parents[2])

    def check_writable(self) -> None:
        """Say once, before any work, what each figure would say after it."""
        probe = self.folder / f"{UNFINISHED}{os.getpid()}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe.write_bytes(b"?")
        except OSError as error:
            words = f"{error.strerror}; give another with --cache, or `cache` in mkdocs.yml"
            raise UserError(f"the cache {self.folder} cannot be written: {words}") from None
        finally:
            with contextlib.suppress(OSError):
                probe.unlink()

    def lend(self, other: Store) -> None:
        """Let another cache have compiled programs and the list of fonts, which are no results."""
        for mine, theirs in ((self.compiled, other.compiled), (self.matplotlib, other.matplotlib)):
            mine.mkdir(parents=True, exist_ok=True)
            theirs.symlink_to(mine.resolve())

    # Finished figures

    def figure(self, slug: str, drawing: str) -> Path:
        """Return where a finished figure is, or will be."""
        return self.folder / "figures" / slug / drawing

    def finished(self, slug: str, drawing: str) -> Built | None:
        """Return a finished figure whose files are what was written, or None."""
        folder = self.figure(slug, drawing)
        return Built(slug, folder) if intact(folder / f"{slug}.sha256") else None

    def newest(self, slug: str) -> Built | None:
        """Return the figure as it was when it was last made, from whatever recipe."""
        return next(self._finished(slug), None)

    def with_pictures(self, slug: str, pictures: str) -> Built | None:
        """Return the figure as it was made with these pictures, but perhaps other words, or None."""
        same = (one for one in self._finished(slug) if one.info.digest.get("pictures") == pictures)
        return next(same, None)

    def _finished(self, slug: str) -> Iterator[Built]:
        there = self.folder / "figures" / slug
        folders = [folder for folder in there.glob("*") if not folder.name.startswith(UNFINISHED)]
        newest_first = sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)
        return (built for folder in newest_first if (built := self.finished(slug, folder.name)))

    def put_figure(self, slug: str, drawing: str, made: Mapping[str, bytes], positions: int = 0) -> Path:
        """Write a figure's files, by suffix, with their checksums; forget the oldest versions.

        Args:
            slug: The figure.
            drawing: Digest of it.
            made: The files.
            positions: At how many it can be moved to, each of which has data and a drawing.
        """
        target = self.figure(slug, drawing)
        files = {f"{slug}.{suffix}": content for suffix, content in made.items()}
        write_folder(target, files | {f"{slug}.sha256": checksums(files)})
        for kind in ("figures", "data", "runs", "said", "moved"):
            tidy(self.folder / kind / slug, KEPT + 2 * positions)
        tidy(self.folder / "reads" / slug, 3 * KEPT)
        return target

    # Data, and how they were computed

    def data(self, slug: str, name: str) -> bytes | None:
        """Return data that were kept, or None if they are missing or damaged."""
        run = self.run(slug, name)
        try:
            content = self._data(slug, name).read_bytes()
        except FileNotFoundError:
            return None
        return content if run and run["sha256"] == checksum(content) else None

    def has_data(self, slug: str, name: str) -> bool:
        """Whether there are data of that name."""
        return self._data(slug, name).is_file()

    def put_data(self, slug: str, name: str, content: bytes, run: Mapping[str, Any]) -> None:
        """Keep data, and what is true of one computation only."""
        record = json.dumps({**run, "sha256": checksum(content)}) + "\n"
        places = self._run(slug, name), self._data(slug, name)
        for place, written in zip(places, (record.encode(), content), strict=True):
            write_whole(place, written)  # the record first: data always have one
        for place in places:
            date_last(place)

    def run(self, slug: str, name: str) -> dict[str, Any] | None:
        """Return the record of a computation, or None if there is none that is whole."""
        run = _read(self._run(slug, name))
        return run if run.keys() >= {"seconds", "finished", "sha256"} else None

    def runs(self, slug: str) -> Iterator[dict[str, Any]]:
        """Return the records of a figure's computations, of whatever version, the newest first."""
        folder = self.folder / "runs" / slug
        times = dates(folder) if folder.is_dir() else {}
        newest_first = sorted(times, key=times.__getitem__, reverse=True)
        records = (_read(path) for path in newest_first if path.suffix == ".json" and path.name[0] != ".")
        return (record for record in records if record)

    def _data(self, slug: str, name: str) -> Path:
        return self.folder / "data" / slug / f"{name}.nc"

    def _run(self, slug: str, name: str) -> Path:
        return self.folder / "runs" / slug / f"{name}.json"

    def put_verdicts(self, slug: str, name: str, found: str) -> Path:
        """Keep the verdicts on data, and return where."""
        place = self.folder / "verdicts" / slug / f"{name}.json"
        write_whole(place, found.encode())
        return place

    def put_moved(self, slug: str, pictures: str, svg: str) -> None:
        """Keep a figure's drawing at another position."""
        keep(self.folder / "moved" / slug / pictures, svg.encode())

    def moved(self, slug: str, pictures: str) -> str:
        """Return a figure's drawing at another position; nothing, if it is not kept."""
        return (kept(self.folder / "moved" / slug / pictures) or b"").decode()

    # What was found out on the way

    def put_said(self, slug: str, drawing: str, said: list[dict[str, Any]]) -> None:
        """Keep what was said while a figure was made; nothing, if it was nothing."""
        place = self._said(slug, drawing)
        if said:
            write_whole(place, (json.dumps(said) + "\n").encode())
        else:
            place.unlink(missing_ok=True)

    def said(self, slug: str, drawing: str) -> list[dict[str, Any]]:
        """Return what was said while a figure was made."""
        try:
            return json.loads(self._said(slug, drawing).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []

    def _said(self, slug: str, drawing: str) -> Path:
        return self.folder / "said" / slug / f"{drawing}.json"

    def put_reads(self, slug: str, code: str, names: list[str]) -> None:
        """Keep which files some code has read."""
        keep(self.folder / "reads" / slug / code, json.dumps(names).encode())

    def reads(self, slug: str, code: str) -> list[str]:
        """Return which files that code read when it last ran; none, if that is not known."""
        return json.loads(kept(self.folder / "reads" / slug / code) or "[]")

    def put_answers(self, answers: Mapping[str, Any]) -> None:
        """Keep what was found in texts of code."""
        keep(self.folder / "dependencies", json.dumps(answers).encode())

    def answers(self) -> dict[str, Any]:
        """Return what was found in texts of code; empty, if that is not known."""
        return json.loads(kept(self.folder / "dependencies") or "{}")


def _read(path: Path) -> dict[str, Any]:
    """Return a mapping that was kept; empty if there is none that is whole."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
