"""`pointbench --help` imports nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pointbench.cli import COMMANDS, main

HEAVY = (
    "PIL", "anthropic", "genai_prices", "httpx", "httpx2", "jsonschema", "msgspec", "numpy",
    "onnxruntime", "openai", "pandas", "pydantic", "rapidocr", "replicate", "rich", "scipy",
    "statsmodels", "torch", "transformers",
)  # fmt: skip

EVERY_COMMAND = {
    "pointbench", "pointbench.cli", "pointbench.cli.shared", "pointbench.cli.shared.console",
    "pointbench.errors",
}  # fmt: skip
RUN = {"pointbench.cli.run", "pointbench.cli.shared.asking", "pointbench.cli.shared.options"}


def imported_by(*words: str) -> set[str]:
    """The modules that a command imports, collected in a separate process."""
    code = (
        "import sys\n"
        "from pointbench.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "print('\\n'.join(sys.modules), file=sys.stderr)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    ("words", "needed"), [(["--help"], set()), (["--version"], set()), (["run", "--help"], RUN)]
)
def test_help_imports_nothing_heavy(words: list[str], needed: set[str]) -> None:
    modules = imported_by(*words)
    assert [name for name in HEAVY if name in modules] == []
    own = {name for name in modules if name.startswith("pointbench")}
    assert own - EVERY_COMMAND - needed == set()
    assert len(modules) <= 150


def test_listing_models_imports_no_vendor() -> None:
    modules = imported_by("models", "list")
    assert {"openai", "anthropic", "replicate", "rapidocr", "scipy", "numpy"} & modules == set()


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_80_columns(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main([*command.split(), "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80] == []
