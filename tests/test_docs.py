"""The documentation is correct: commands parse, names exist, figures come from the committed run."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import pointbench
from pointbench.adapters.registry import entry_points
from pointbench.cli import COMMANDS, build_parser
from pointbench.profiles import known_profiles
from pointbench.replies import FORMATS
from pointbench.trials import OUTCOMES, VARIANTS
from tests.adapters.line_up import LINE_UP
from tests.test_rooms import REST, ROOMS, ROOMS_WITHIN

ROOT = Path(pointbench.__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]


def text_of(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def shell_blocks(page: Path) -> list[str]:
    blocks = re.findall(r"```sh[^\n]*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]


def printed_commands() -> list[str]:
    """Every command line that starts with pointbench, in any page, alone or after ``&&``."""
    lines = [line for page in PAGES for line in shell_blocks(page)]
    parts = [part.strip() for line in lines for part in line.split("&&")]
    starts = ("pointbench ", ".venv/bin/pointbench ")
    return sorted({part for part in parts if part.startswith(starts)})


@pytest.mark.parametrize("line", printed_commands())
def test_every_printed_command_parses(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    assert words[0] in COMMANDS
    build_parser(words[0]).parse_args(words[1:])


def test_every_command_is_in_the_readme() -> None:
    text = text_of("README.md")
    assert [name for name in COMMANDS if f"`pointbench {name}`" not in text] == []


def test_every_documented_command_exists() -> None:
    named = set(re.findall(r"`pointbench ([a-z]+)", text_of("README.md")))
    assert named - set(COMMANDS) == set()


def test_every_command_says_what_it_does_and_takes_help() -> None:
    for name in COMMANDS:
        assert build_parser(name).format_help().startswith(f"usage: pointbench {name}")


def test_every_outcome_and_variant_is_explained() -> None:
    text = text_of("README.md", "docs/runs.md", "docs/numbers.md")
    for word in (*OUTCOMES, *VARIANTS):
        assert f"`{word}`" in text or f"{word}`" in text, word


@pytest.mark.parametrize("page", ["docs/models.md"])
def test_every_adapter_is_documented(page: str) -> None:
    text = text_of(page)
    own = {name for name, entry in entry_points().items() if entry.value.startswith("pointbench.")}
    assert [name for name in sorted(own) if f"`{name}`" not in text] == []


def profile_table() -> str:
    """Every profile as docs/models.md lists it."""
    lines = [
        "| profile | frame | reply format | picture | known | what it is |",
        "|---|---|---|---|---|---|",
    ]
    for name, profile in sorted(known_profiles().items()):
        frame = f"{profile.unit}, {'x' if profile.order == 'xy' else 'y'} first"
        picture = "none" if profile.blind else profile.sizing
        lines.append(
            f"| `{name}` | {frame} | `{profile.format}` | {picture} | {profile.evidence or '–'} "
            f"| {profile.description} |"
        )
    return "\n".join(lines)


def line_up_table() -> str:
    """How each model of the line-up is asked, as `models show` says it."""
    from pointbench.adapters.catalog import catalog_model
    from pointbench.adapters.registry import resolve
    from pointbench.settings import Config

    lines = ["| model | profile | frame | picture | known |", "|---|---|---|---|---|"]
    for label in LINE_UP:
        if catalog_model(*label.split("/", 1)).cannot_point:
            lines.append(f"| `{label}` | – | – | – | refused: it cannot point in words |")
            continue
        model = resolve(label, Config())
        profile = model.profile
        frame = f"{profile.unit}, {'x' if profile.order == 'xy' else 'y'} first"
        picture = "none" if profile.blind else profile.sizing
        known = "text only" if profile.blind else model.evidence
        lines.append(f"| `{label}` | `{profile.name}` | {frame} | {picture} | {known} |")
    return "\n".join(lines)


def between(page: str, begin: str) -> str:
    """The text between a marker comment and the next end comment."""
    match = re.search(rf"<!-- {begin}.*?-->\n(.*?)\n?<!-- end -->", text_of(page), re.DOTALL)
    assert match is not None
    return match[1].strip()


def test_the_table_of_profiles_is_true() -> None:
    assert between("docs/models.md", "profiles") == profile_table()


def test_the_table_of_models_is_true() -> None:
    assert between("docs/models.md", "models") == line_up_table()


def setting_table() -> str:
    from pointbench.adapters.setting_specs import WIRE

    lines = ["| setting | what it is | value |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {setting.means} | {setting.problem(b'')} |" for name, setting in WIRE.items()
    ]
    return "\n".join(lines)


def test_the_table_of_settings_is_true() -> None:
    assert between("docs/models.md", "settings") == setting_table()


def test_every_reply_format_is_documented() -> None:
    text = text_of("docs/reply-formats.md")
    assert [name for name in FORMATS if f"`{name}`" not in text] == []


def test_every_profile_declares_a_format_and_rule_that_exist() -> None:
    from pointbench.profiles.sizing import RULES

    for profile in known_profiles().values():
        assert profile.format in FORMATS, profile.name
        assert profile.sizing in RULES, profile.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


NAMED_PATH = re.compile(r"`((?:pointbench|tests|docs|benchmarks|targets)/[\w./-]*|[\w-]+\.toml)`")


@pytest.mark.parametrize("page", ["docs/design.md", "docs/contributing.md"])
def test_every_path_that_a_page_for_developers_names_exists(page: str) -> None:
    paths = NAMED_PATH.findall(text_of(page))
    assert paths
    # X is the module that a reader is about to write: its siblings exist.
    missing = [path for path in paths if not list(ROOT.glob(re.sub(r"\bX\b|_X\b", "*", path)))]
    assert missing == []


def test_every_room_has_its_place_in_the_design() -> None:
    text = text_of("docs/design.md")
    parts = {part for layers in ROOMS_WITHIN.values() for layer in layers for part in layer}
    names = {*ROOMS, *parts, *ROOMS_WITHIN} - {REST}
    assert sorted(name for name in names if f"`{name}`" not in text) == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), {README}
    while ahead:
        page = ahead.pop()
        reached.add(page)
        links = re.findall(r"\]\(([^)#\s]+\.md)[^)]*\)", page.read_text(encoding="utf-8"))
        ahead |= {(page.parent / link).resolve() for link in links if "://" not in link} - reached
    assert [page.name for page in PAGES if page.resolve() not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_line_is_too_long_to_read(page: Path) -> None:
    width = 120 if page == README else 140
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    lines = text.splitlines()
    # A row of a table, and an image with its description, cannot be wrapped.
    long = [line for line in lines if len(line) > width and not line.startswith(("|", "!["))]
    assert long == []


def test_the_public_names() -> None:
    assert sorted(pointbench.__all__) == ["Adapter", "Picture", "Reply", "Request", "__version__"]
    from pointbench import Reply, Request, errors

    assert Request.__name__ == "Request"
    assert Reply("x").text == "x"
    public = ["GiveUp", "OutOfCredit", "PointbenchError", "Retired", "RetryLater", "UsageError"]
    assert [name for name in public if not hasattr(errors, name)] == []
    assert errors.RetryLater(after=3.5).after == 3.5
    assert errors.RetryLater().after is None
    assert errors.Retired(successor="a/b").successor == "a/b"


def test_the_version_is_one() -> None:
    assert f"version: {pointbench.__version__}" in text_of("CITATION.cff")
    assert f"## {pointbench.__version__}" in text_of("CHANGELOG.md")


def readme_table() -> str:
    """The reference run's leaderboard by kind, as the README prints it."""
    import json

    from pointbench.report.numbers import percent_with_interval

    def shown(figure: dict[str, Any]) -> str:
        ends = (figure.get("low"), figure.get("high"))
        return percent_with_interval(figure["value"], *ends, figure.get("approximate", False))

    folder = ROOT / "results" / "reference-starter"
    models = json.loads((folder / "summary.json").read_text())["models"]
    lines = ["| model | hit rate (95 %) | hits/n | on text | on icons |", "|---|---|---|---|---|"]
    for label in sorted(models, key=lambda name: -models[name]["hit_rate"]["value"]):
        model = models[label]
        rate, kinds = model["hit_rate"], model["by"]["kind"]
        hits = f"{rate['hits']}/{rate['n']}" if "hits" in rate else "exact"
        cells = [label, shown(rate), hits, shown(kinds["text"]), shown(kinds["icon"])]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def test_the_table_of_the_readme_comes_from_the_reference_run() -> None:
    assert between("README.md", "reference table") == readme_table()


def test_the_first_table_of_the_readme_comes_from_the_published_results(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    published = importlib.import_module("published_table")
    assert between("README.md", "published table") == published.top(published.read_summaries())


SHOWN = {
    "starter": "a selection of `linux-desktop`, for a first run",
    "linux-desktop": "Xfce, MATE and LXQt, KDE and GNOME applications: menus, dialogs, windows over windows",
    "web-apps": "web applications, served locally",
    "icons": "panel, toolbar and desktop icons only, 16 to 48 px, in many icon themes",
}


def suites_table() -> str:
    """The bundled suites, as the README lists them."""
    from pointbench.suites import installed_root, load_suite

    lines = [
        "| suite | screenshots | targets | icons | absent | with two rewordings | what is on them |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, what in SHOWN.items():
        suite = load_suite(installed_root(), name)
        targets = suite.asked()
        present = [target for target in targets if not target.absent]
        numbers = (
            len(suite.screenshots),
            len(present),
            sum(target.kind == "icon" for target in present),
            len(targets) - len(present),
            sum(len(target.rewordings) >= 2 for target in present),
        )
        card = f"[`{name}`](targets/{name}/README.md)"
        lines.append("| " + " | ".join([card, *(f"{n:,}" for n in numbers), what]) + " |")
    return "\n".join(lines)


def test_the_bundled_suites_are_as_the_readme_says() -> None:
    assert between("README.md", "suites table") == suites_table()
