"""MkDocs wiring, and no more: build what is stale, hand it to the extension, add pages and files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from dlfigs import build, consistency, gallery, rendered
from dlfigs.citing import Course, commit_of
from dlfigs.errors import UserError
from dlfigs.markdown import blocks, mathematics, notebook_page, panels

log = logging.getLogger("mkdocs.plugins.dlfigs")
DOWNLOADS, NOTEBOOKS, FONT = "assets/figures", "figures", "assets/fonts/stix-two-math.woff2"


class DlfigsConfig(Config):
    """Options in mkdocs.yml."""

    recipes = config_options.Type(str, default="figures")
    cache = config_options.Type(str, default=str(build.CACHE))
    minutes = config_options.Type((int, float), default=build.MINUTES)
    # Only for sites whose Markdown extensions read nothing but the page and leave nothing but its HTML
    remember = config_options.Type(bool, default=False)


class DlfigsPlugin(BasePlugin[DlfigsConfig]):
    """Keeps a site's figures up to date."""

    serving = False
    templates = rendered.Templates()
    spare: build.Pool | None = None  # of a server, so that a change need not wait for JAX to be imported

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Note whether this is a server; having this method keeps the plugin between its builds."""
        self.serving = command == "serve"

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Build stale figures before anything reads a page, and tell the extension where they are."""
        try:
            self._prepare(config)
        except UserError as error:
            raise PluginError(str(error)) from None
        return config

    def _prepare(self, config: MkDocsConfig) -> None:
        root = Path(config.config_file_path).parent
        self.characters, self.target = set(), config.site_dir
        self.recipes, self.cache = root / self.config.recipes, root / self.config.cache
        options = consistency.options_of(config)
        self.course = Course.read(Path(options["citation"])) if options.get("citation") else None
        recipes = gallery.find(self.recipes)
        self.built = build.build(recipes, self.cache, minutes=self.config.minutes, spare=self.spare)
        failed = [figure for figure in self.built.values() if figure.error]
        for figure in failed:  # a server goes on with what it had; a build ends
            if not self.serving or not (old := build.last_good(figure.slug, self.cache)):
                raise PluginError("\n".join(figure.error for figure in failed))
            log.error("%s\nThe page keeps the last good figure.", figure.error)
            self.built[figure.slug] = old
        consistency.check_figures(options, {s: f.info for s, f in self.built.items()}, recipes)
        for figure in self.built.values():
            for claim in figure.broken_claims:  # an error ends a strict build; a server shows the figure
                log.error("%s: the claim %r does not hold: %s", figure.slug, claim["id"], claim["text"])
        options |= {
            "figures": {slug: figure.folder for slug, figure in self.built.items()},
            "downloads": DOWNLOADS,
            "notebooks": NOTEBOOKS,
            "docs": config.docs_dir,
            "error": PluginError,
        }
        figures = options["figures"]
        jupyter, chapters = config.plugins.get("mkdocs-jupyter"), self.config.remember
        self.memory = rendered.Memory(self.cache / "pages", jupyter, figures, chapters=chapters)
        self.commit = commit_of(root)

    @event_priority(100)  # before mkdocs-jupyter, which takes the notebooks from here
    def _add_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Add each figure's files and notebook."""
        for slug, figure in self.built.items():
            addresses = {f"{DOWNLOADS}/{slug}.{suffix}": suffix for suffix in build.EXPORTED}
            for address, suffix in (addresses | {f"{NOTEBOOKS}/{slug}.ipynb": "ipynb"}).items():
                content = {"abs_src_path": str(figure.file(suffix)), "inclusion": InclusionLevel.NOT_IN_NAV}
                files.append(File.generated(config, address, **content))
        return files

    @event_priority(-100)
    def _repair_notebooks(self, files: Files, config: MkDocsConfig) -> Files:
        # mkdocs-jupyter wraps files, and its wrapper forgets where a generated one lies, and is to be named
        for file in files:
            wrapped = getattr(file, "file", None)
            if wrapped is not None and file.abs_src_path is None:
                file.abs_src_path, file.inclusion = wrapped.abs_src_path, wrapped.inclusion
        return files

    on_files = CombinedEvent(_add_files, _repair_notebooks)

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Note what chapters depend on, when all files are known."""
        self.uses = blocks.chapters(Path(config.docs_dir))
        self.memory.look_around(config, files)
        return nav

    @event_priority(-100)  # when mkdocs-jupyter has given the page its render
    def on_pre_page(self, page: Page, **_: Any) -> Page:
        """Render a page only when what it is made of has changed."""
        self.memory.attach(page)
        return page

    def on_page_content(self, html: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
        """Note the formulas' characters; make a figure's page of what mkdocs-jupyter rendered."""
        self.characters |= mathematics.characters(html)
        if not page.file.src_uri.endswith(".ipynb"):
            return html
        figure = self.built[slug := Path(page.file.src_uri).stem]
        info, here = figure.info, {"notebooks": ".", "downloads": f"../../{DOWNLOADS}"}
        page.meta |= {"title": info["title"], "description": info["caption"], "figure": slug}
        options = config.mdx_configs["dlfigs.markdown"] | here
        parts = slug, info, figure.run
        made = self.memory.figure_page(slug, html, parts, lambda: notebook_page.page(html, *parts, options))
        return notebook_page.complete(made, self.commit, self.uses.get(slug, {}))

    def on_env(self, env: Environment, **_: Any) -> Environment:
        """Let a server compile the theme's templates once, not in each build."""
        env.bytecode_cache = self.templates
        return env

    @event_priority(100)  # before the search
    def _hide(self, context: dict, page: Page, config: MkDocsConfig, **_: Any) -> dict:
        self.show = self.memory.hide(page, config)
        return context

    @event_priority(-100)
    def _complete(self, context: dict, page: Page, **_: Any) -> dict:
        """Give the theme what a page needs beyond its text: the formulas' font, and how to cite it."""
        self.show()
        if "<math" in (page.content or ""):
            context["math_font"] = FONT
        hidden = (
            page.is_homepage or page.file.src_uri.endswith(".ipynb") or "cite" in page.meta.get("hide", ())
        )
        if self.course and not hidden:
            citation = self.course.cite("chapter", page.title, name=page.file.name, page=page.url)
            context["cite"] = panels.button("cite-page", "Cite this chapter", "Cite this chapter")
            context["cite"] += panels.panel("cite-page", citation)
        return context

    on_page_context = CombinedEvent(_hide, _complete)

    def on_post_build(self, config: MkDocsConfig) -> None:
        """Write the font of the formulas, with just the characters that the site uses."""
        mathematics.write_font(self.characters, Path(config.site_dir) / FONT, self.cache / "fonts")
        if self.serving:
            self.spare = build.Pool.waiting(self.spare, self.cache)

    def on_shutdown(self) -> None:
        """End the pool that waits."""
        if self.spare:
            self.spare.end()

    def on_build_error(self, *, error: Exception, **_: Any) -> None:
        """Say in one line what the system refuses; MkDocs would show its own code."""
        if isinstance(error, UnicodeDecodeError):  # MkDocs has named the page
            raise Abort("Aborted: pages are to be saved as UTF-8")
        if isinstance(error, OSError):
            file = error.filename2 or error.filename or "a file"  # of the copy, if it was to be one
            log.error("%s: %s; the site in %s is not complete", file, error.strerror or error, self.target)
            raise Abort("Aborted by the system")

    def on_serve(self, server: Any, **_: Any) -> Any:
        """Rebuild when a recipe, or a module that recipes use, is saved."""
        for folder in (self.recipes, Path(build.__file__).parent):
            server.watch(str(folder))
        return server
