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
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from dlfigs.errors import UserError
from dlfigs.make import background, build
from dlfigs.markdown import uses
from dlfigs.markdown.citing import commit_of
from dlfigs.recipe import loading
from dlfigs.recipe.figure import broken
from dlfigs.site import consistency, figure_files, look, mathfont, rendered, search_words, serving
from dlfigs.site.figure_files import DOWNLOADS, PAGES
from dlfigs.site.policy import guarded
from dlfigs.site.templates import Templates

log = logging.getLogger("mkdocs.plugins.dlfigs")


class DlfigsConfig(Config):
    """Options in mkdocs.yml."""

    recipes = config_options.Type(str, default="figures")
    cache = config_options.Type(str, default=str(build.CACHE))
    minutes = config_options.Type((int, float), default=build.MINUTES)
    # Only for sites whose Markdown extensions read nothing but the page and leave nothing but its HTML
    remember = config_options.Type(bool, default=False)
    policy = config_options.Type(bool, default=False)


class DlfigsPlugin(BasePlugin[DlfigsConfig]):
    """Keeps a site's figures up to date."""

    templates = Templates()
    served = False
    renews = False  # whether this is a server whose pages follow what is made meanwhile
    serving: serving.Serving | None = None

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Note whether this is a server; having this method keeps the plugin between its builds."""
        self.served, self.serving = command == "serve", None
        self.renews = self.served and serving.reloads()

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Build stale figures before anything reads a page, and tell the extension where they are."""
        if config.strict:  # or a quiet build would neither say what is wrong nor count it
            rendered.LOG.setLevel(min(rendered.LOG.level, logging.WARNING))
        try:
            self._prepare(config)
        except UserError as error:
            raise PluginError(str(error)) from None
        config.extra_css.insert(0, look.SHEET)  # a course's own come later, and so count more
        config.extra_javascript.insert(0, look.SCRIPT)
        return config

    def _prepare(self, config: MkDocsConfig) -> None:
        root = consistency.root_of(config)
        self.characters, self.target = set(), config.site_dir
        self.recipes, self.cache = root / self.config.recipes, root / self.config.cache
        options = consistency.options_of(config)
        recipes = loading.find(self.recipes)
        settings = self.cache, self.config.minutes, log
        if self.renews:
            self.serving = self.serving or serving.Serving(*settings)
        self.figures = (
            self.serving.begin(recipes) if self.serving else background.build_all(recipes, *settings)
        )
        infos = {slug: figure.info for slug, figure in self.figures.items()}
        self.keys = consistency.check_figures(options, infos, recipes)
        for slug, figure in self.figures.items():
            for claim in figure.broken_claims:  # an error ends a strict build; a server shows the figure
                log.error("%s: the claim %r %s", slug, claim["id"], broken(claim))
        options |= {
            "figures": {slug: figure.built.folder for slug, figure in self.figures.items() if figure.built},
            "waiting": {slug: figure.waiting for slug, figure in self.figures.items() if figure.words},
            "downloads": DOWNLOADS,
            "notebooks": PAGES,
            "recipes": {f"{PAGES}/{slug}.md": recipe for slug, recipe in recipes.items()},
            "docs": config.docs_dir,
            "error": PluginError,
        }
        names = {slug: figure.name for slug, figure in self.figures.items()}
        self.memory = rendered.Memory(self.cache / "pages", names, chapters=self.config.remember)
        self.commit = commit_of(root)

    @event_priority(-100)  # when all others have added theirs
    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Add each figure's page and files, and our style sheet and script."""
        figure_files.add(files, self.figures, config, served=self.renews)
        for address, text in look.files().items():
            files.append(File.generated(config, address, content=text))
        return files

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Note what chapters depend on, when all files are known."""
        self.nav = nav
        self.memory.look_around(config, files)
        return nav

    @event_priority(-100)  # when plugins that render pages in their own way have said so
    def on_pre_page(self, page: Page, **_: Any) -> Page:
        """Render a page only when what it is made of has changed."""
        self.memory.attach(page)
        return page

    def on_page_content(self, html: str, **_: Any) -> None:
        """Note the formulas' characters."""
        self.characters |= mathfont.characters(html)

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> Environment:
        """Complete the pages, now that all are rendered; let a server remember what it makes of them."""
        known = [file.page for file in files.documentation_pages(inclusion=lambda _: True)]  # drafts too
        pages = {page.url: page for page in known if page and page.content}
        self.addresses = {page.file.src_uri: address for address, page in pages.items()}
        titles = {address: page.title for address, page in pages.items()}
        used = uses.of_figures({address: page.content for address, page in pages.items()}, titles)
        for address, page in pages.items():
            page.content = uses.complete(page.content, address, used, self.commit)
        env.bytecode_cache = self.templates
        if self.serving and self.config.remember:
            self.templates.remember_pages(env, config, self.nav)
        return env

    @event_priority(100)  # before the search
    def _hide(self, context: dict, page: Page, config: MkDocsConfig, **_: Any) -> dict:
        self.show = self.memory.hide(page, config)
        return context

    @event_priority(-100)
    def _show(self, context: dict, **_: Any) -> dict:
        self.show()
        return context

    on_page_context = CombinedEvent(_hide, _show)

    @event_priority(-100)  # of all that is in the page
    def on_post_page(self, output: str, page: Page, config: MkDocsConfig, **_: Any) -> str:
        """Say what a page shows as it was written; note which figures it waits for; complete its head."""
        for finding in consistency.unread_in(output, page.file, config, self.keys):
            log.error("%s", finding)  # which ends a strict build
        if self.serving:
            self.serving.note(page.url, output)
        return self._guarded(look.with_font(output, page.url))

    @event_priority(-100)
    def on_post_template(self, output_content: str, template_name: str, **_: Any) -> str:
        """Put the policy into the page for lost readers; other templates are no pages."""
        return self._guarded(output_content) if template_name.endswith(".html") else output_content

    def _guarded(self, html: str) -> str:
        try:
            return guarded(html, served=self.served) if self.config.policy else html
        except UserError as error:
            raise PluginError(f"the option `policy`: {error}") from None

    @event_priority(100)  # before the search writes its index
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Write the font of the formulas, with just the characters that are used; complete the search."""
        search_words.complete(config, self.addresses)
        mathfont.write_font(self.characters, Path(config.site_dir) / look.FONT, self.cache / "fonts")
        if self.serving:
            self.serving.end()

    def on_shutdown(self) -> None:
        """End what a server has begun."""
        if self.serving:
            self.serving.close()

    def on_build_error(self, *, error: Exception, **_: Any) -> None:
        """Say in one line what the system refuses; MkDocs would show its own code."""
        if isinstance(error, UnicodeDecodeError):  # MkDocs has named the page
            raise Abort("Aborted: pages are to be saved as UTF-8")
        if isinstance(error, OSError):
            file = error.filename2 or error.filename or "a file"  # of the copy, if it was to be one
            log.error("%s: %s; the site in %s is not complete", file, error.strerror or error, self.target)
            raise Abort("Aborted by the system")

    def on_serve(self, server: Any, **_: Any) -> Any:
        """Rebuild when a recipe, or a module that recipes use, is saved, and when figures are there."""
        return serving.attach(server, self.recipes, self.serving)
