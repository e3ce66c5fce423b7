"""Size of an installation without extras, beside that of another commit's dependencies.

    python benchmarks/install_size.py [COMMIT] > benchmarks/install_size.txt

Each is installed by pip into a fresh environment of its own: this checkout, and what pyproject.toml
required at COMMIT (default: 0.1.0's). Prints packages and MB of files on disk, largest first, without
pip. Downloads what pip has not cached.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEFORE = "ec0593a"
LISTED = 12
LIST = """
import json, os, sys
from importlib.metadata import distributions
sizes = {}
for found in distributions(path=[sys.argv[1]]):
    files = {os.path.realpath(found.locate_file(file)) for file in found.files or ()}
    sizes[found.name.lower()] = sum(os.path.getsize(file) for file in files if os.path.isfile(file))
print(json.dumps(sizes))
"""
"""Run in the environment: bytes of the files that each distribution recorded when it was installed."""


def installed(folder: Path, wanted: list[str]) -> tuple[dict[str, float], float]:
    """MB of each package after ``pip install wanted`` in a fresh environment, and of all its files."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
        check=True,
        stdout=sys.stderr,
    )
    (site,) = folder.glob("lib/python*/site-packages")
    listed = subprocess.run([python, "-c", LIST, site], check=True, capture_output=True, text=True)
    sizes = {name: size / 1e6 for name, size in json.loads(listed.stdout).items()}
    for tool in ("pip", "setuptools", "wheel"):
        sizes.pop(tool, None)
    files = (path for path in site.rglob("*") if path.is_file() and not path.is_symlink())
    kept = (path for path in files if path.relative_to(site).parts[0].split("-")[0] != "pip")
    return sizes, sum(path.stat().st_size for path in kept) / 1e6


def dependencies(commit: str) -> list[str]:
    """What pyproject.toml required at a commit."""
    shown = subprocess.run(
        ["git", "show", f"{commit}:pyproject.toml"], cwd=ROOT, check=True, capture_output=True
    )
    required: list[str] = tomllib.loads(shown.stdout.decode())["project"]["dependencies"]
    return required


def main() -> None:
    commit = sys.argv[1] if len(sys.argv) > 1 else BEFORE
    with tempfile.TemporaryDirectory() as folder:
        here, all_here = installed(Path(folder, "here"), [str(ROOT)])
        there, all_there = installed(Path(folder, "there"), dependencies(commit))
    own = here.pop("pointbench")
    print(f"Without extras; Python {sys.version.split()[0]}; pointbench itself is {own:.0f} MB.\n")
    print(f"{'':<32}{'this checkout':>16}{commit:>16}")
    print(f"{'packages':<32}{len(here):>16}{len(there):>16}")
    print(f"{'MB of packages':<32}{sum(here.values()):>16.0f}{sum(there.values()):>16.0f}")
    print(f"{'MB on disk, with bytecode':<32}{all_here:>16.0f}{all_there + own:>16.0f}\n")
    largest = sorted({*here, *there}, key=lambda name: -max(here.get(name, 0), there.get(name, 0)))
    for name in largest[:LISTED]:
        cells = (f"{sizes[name]:.1f}" if name in sizes else "–" for sizes in (here, there))
        print(f"{name:<32}{next(cells):>16}{next(cells):>16}")
    gone = ", ".join(sorted(set(there) - set(here))) or "none"
    print(f"\nno longer installed: {gone}")
    print(f"new: {', '.join(sorted(set(here) - set(there))) or 'none'}")


if __name__ == "__main__":
    main()
