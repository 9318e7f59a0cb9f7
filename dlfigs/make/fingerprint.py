"""What one figure is made of, while it is being made: its digests, and the files that it reads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dlfigs.make import digests
from dlfigs.make.disk import Disk
from dlfigs.make.reads import Listener
from dlfigs.make.remarks import Heard
from dlfigs.recipe import dependencies, loading
from dlfigs.recipe.loading import Figure

VERDICT = ("verdict", "text", "word", "mean", "low", "high")  # what is known of one, of the parts of a row


class Fingerprint:
    """Code is read before all work: what is edited meanwhile is for the next build.

    Args:
        path: The recipe.
        cache: Folder of finished figures.
        given: Parameters that differ from the defaults.
    """

    def __init__(self, path: Path, cache: Path, given: Mapping[str, Any]) -> None:
        self.path, self.slug, self.given = path, path.stem, given
        self.disk = Disk(cache)
        self.store, self.data = self.disk.store, ""
        self.code = digests.computing(path, given, self.disk)
        self.listen = partial(Listener, path, cache, digests.whole(path, "", self.disk).sources)
        self.computed, self.judged = self.listen(), self.listen()  # what is read until then, and after

    @property
    def text(self) -> str:
        """The recipe as it was read."""
        return self.disk.text(self.path)

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the packages that the figure depends on."""
        return digests.used(self.path, self.disk)

    @property
    def files(self) -> set[str]:
        """Names of the recipe's own files."""
        return digests.files(self.path, self.given, self.disk)

    def varied(self, varied: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return settings of a figure with the verdicts that are kept, unless other code found those.

        Args:
            varied: As `evaluating` has them: `setting`, `given` and `verdicts`.
        """
        rows, found = digests.kept_verdicts(self.path, self.disk), []
        for one in varied:
            name = digests.of_verdicts(self.path, one["given"], self.disk)
            kept = [asdict(row) for row in rows if (row.setting, row.digest) == (one["setting"], name)]
            verdicts = one["verdicts"] or [{part: row[part] for part in VERDICT} for row in kept]
            found.append({"setting": one["setting"], "digest": name, "verdicts": verdicts})
        return found

    def load(self) -> Figure:
        """Run the recipe."""
        with self.computing():
            return loading.load(self.path)

    @contextlib.contextmanager
    def computing(self) -> Iterator[None]:
        """Listen. A recipe that fails is another one when a file that it read, or missed, is another."""
        try:
            with self.computed:
                yield
        except BaseException:
            self._note(self.code, self.computed)
            raise

    def of_data(self, *, computed: bool = False) -> str:
        """Return the digest of the data, as far as it is known what they depend on.

        Args:
            computed: Whether they have just been computed: what was read is kept, and counts.
        """
        if computed:
            self._note(self.code, self.computed)
        self.data = digests.digest(self.path, self.given, self.disk).data
        return self.data

    def of_pictures(self, drawing: Listener | None = None, also: Iterable[str] = ()) -> str:
        """Return the digest of the pictures.

        Args:
            drawing: What was read while they were drawn, which is kept.
            also: Places of files that were read for others like them.
        """
        if drawing:
            self._note(digests.drawing(self.path, self.data, self.disk), drawing)
        self.disk.places |= self.judged.found
        read = {*self.judged.found, *also}
        return digests.pictures_digest(self.path, self.data, self.disk, read)

    def read_by_drawing(self) -> list[str]:
        """Return the places of files that were read when the pictures were drawn."""
        drawn = digests.recorded(self.path, digests.drawing(self.path, self.data, self.disk), self.disk)
        return [digests.place_of(self.path, name) for name in drawn]

    def of_all(self) -> dict[str, str]:
        """Keep what was read for the whole figure, and return its digests: data, drawing, pictures."""
        path, disk = self.path, self.disk
        self._note(digests.whole(path, self.data, disk), self.judged, self.read_by_drawing())
        pictures, whole = self.of_pictures(), digests.digest(path, self.given, disk)
        return {"data": self.data, "drawing": whole.drawing, "pictures": pictures}

    def _note(self, code: digests.Code, read: Listener, also: Iterable[str] = ()) -> None:
        """Keep what was read, which counts as it was then."""
        self.disk.places |= read.found
        digests.note(self.path, code, [*read.found, *also], self.disk)

    def warn_of_chance(self, heard: Heard) -> None:
        """Warn of generators that begin anywhere: two builds differ, and no other seed means anything."""
        for source in [self.path, *digests.own_sources(self.path, self.disk)]:
            for line in dependencies.generators_without_seed(dependencies.parse(source)):
                place = "" if source == self.path else f"{source}:{line}: "
                words = "this generator begins anywhere, so that two builds differ"
                instead = "dlfigs.draws.generator(key) begins at the seed"
                heard.warn(f"{place}{words}: {instead}", line if source == self.path else None)
