"""Blocks that import PyTorch: skipped with a reason where it is missing, never where they are asked for."""

import subprocess
import sys

import pytest
from conftest import IMPORTS_TORCH, ROOT

CHAPTER = """
```python
import torch

print(torch.tensor(1).item())
```
<!--pytest-codeblocks:expected-output-->
```text
1
```

```python
print("no torch")
```
<!--pytest-codeblocks:expected-output-->
```text
no torch
```
"""


def chapter(folder, *options):
    """Run the blocks of a small chapter as if PyTorch were not installed; give what pytest says."""
    (folder / "chapter.md").write_text(CHAPTER)
    (folder / "hidden.py").write_text("import sys\n\nsys.modules['torch'] = None\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "hidden",
        "-p",
        "conftest",
        "-c",
        ROOT / "pyproject.toml",
    ]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *options, folder / "chapter.md"],
        cwd=ROOT,
        env={"PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}:{folder}"},
        text=True,
        capture_output=True,
        check=False,
    )


def test_without_pytorch_its_blocks_are_skipped_and_the_reason_is_said(tmp_path):
    result = chapter(tmp_path)
    assert result.returncode == 0, result.stdout
    assert "1 passed, 1 skipped" in result.stdout
    assert "PyTorch is not installed here: make test-torch" in result.stdout


def test_who_asks_for_its_blocks_never_gets_them_skipped(tmp_path):
    result = chapter(tmp_path, "-m", "torch")
    assert result.returncode == 1
    assert "1 failed, 1 deselected" in result.stdout
    assert "torch" in result.stdout.partition("line 2, line 2")[2]


def test_the_job_asks_for_them():
    step = subprocess.check_output(
        ["make", "--dry-run", "--always-make", "test-torch"], cwd=ROOT, text=True
    )
    assert any(line.endswith("-m pytest -m torch") for line in step.splitlines())
    assert "make test-torch" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import torch", True),
        ("import jax\nfrom torch import nn", True),
        ("import torch.nn as nn", True),
        ("import torchvision", False),
        ("# import torch", False),
        ("import jax", False),
        ("def f():\n    import torch", True),
    ],
)
def test_a_block_with_pytorch_is_known_by_its_imports(code, found):
    assert bool(IMPORTS_TORCH.search(code)) is found
