"""Commands of tests as forks of one process that has imported everything: a tenth of the time.

A build of a small recipe is some seconds of work, and nearly all of them are imports: those of the command
and those of its pool. Here both are forks of a server, which imports once. All else is as in a process of
its own: folder, surroundings, arguments, exit code, and what is printed, by C libraries too. Only what is
read at import is not.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from multiprocessing import forkserver
from pathlib import Path

import pytest

CAN_FORK = sys.platform == "linux"  # elsewhere system libraries do not survive a fork
COMMANDS = ("dlfigs", "mkdocs")
POOL = ["-m", "dlfigs.make.pool"]
IMPORTED = (
    "dlfigs.cli.main",
    "dlfigs.site.plugin",
    "dlfigs.make.worker",
    "material.plugins.search.plugin",
    "mkdocs.commands.build",
    "mkdocs_jupyter.plugin",
    "rich.progress",
    "rich.table",
    "zygote",
)
# JAX reads these when it is imported, so a fork has to be told
OF_JAX = {"JAX_COMPILATION_CACHE_DIR": str, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": float}
Popen = subprocess.Popen


def run(command: list[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess:
    """Do what `python -m` does with a command, and return the finished process, its output as text."""
    from dlfigs.make.pool import COMMON  # not in the server, where it is run as a program

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*IMPORTED, *COMMON])
    with pytest.MonkeyPatch.context() as patch:  # the server keeps the surroundings that it begins with
        for name in [name for name in os.environ if name.startswith("JAX_")]:
            patch.delenv(name)
        patch.setenv("PYTHONHASHSEED", "0")  # as a pool has it
        forkserver.ensure_running()
    with tempfile.TemporaryDirectory() as folder:
        streams = [str(Path(folder, name)) for name in ("stdout", "stderr")]
        process = context.Process(target=_command, args=(command, str(cwd), dict(env), *streams))
        process.start()
        process.join()
        said = [Path(stream).read_text() for stream in streams]
    return subprocess.CompletedProcess(command, process.exitcode, *said)


def _command(command: list[str], cwd: str, env: dict[str, str], *streams: str) -> None:
    for descriptor, stream in enumerate(streams, start=1):
        with open(stream, "w") as file:
            os.dup2(file.fileno(), descriptor)
    os.chdir(cwd)
    _begin(env)
    subprocess.Popen = _popen
    sys.argv, sys.path[0] = command, cwd
    os._exit(_code(lambda: runpy.run_module(command[0], run_name="__main__", alter_sys=True)))


def _popen(command: list[str], **options) -> Popen:
    """Start a process; the pool as a fork of this one."""
    if command[1:] != POOL:
        return Popen(command, **options)

    def instead() -> None:
        """Be the pool, where the new program would begin."""
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # one of them is what the other side waits for
        _begin(options["env"])
        os._exit(_code(lambda: runpy.run_module(POOL[1], run_name="__main__", alter_sys=True)))

    return Popen(command, preexec_fn=instead, **options)


def _begin(env: Mapping[str, str]) -> None:
    """Take standard streams and surroundings, as an interpreter does."""
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    os.environ.clear()
    os.environ.update(env)
    import jax

    for name in env:
        if name.startswith("JAX_"):
            jax.config.update(name.lower(), OF_JAX[name](env[name]))


def _code(program: Callable) -> int:
    """Run a program to its end and return its exit code, as an interpreter does."""
    code = 0
    try:
        program()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code
