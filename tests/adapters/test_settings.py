"""Settings of every adapter are checked once, when a model is resolved, before anything is written."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pointbench.adapters import registry
from pointbench.adapters.protocol import Facts, Reply, Request
from pointbench.adapters.registry import resolve
from pointbench.adapters.setting_specs import WIRE, Setting, output_limit_in
from pointbench.errors import UsageError
from pointbench.profiles import find_profile
from pointbench.settings import Config
from tests.conftest import Command, DataRoot, environment

ADAPTERS = ("local/center", "simulated/a", "openai/gpt-4o", "transformers/owner/model")

WRONG_TEXT = (
    ("concurrency", "abc", "a whole number from 1 to 10000, not 'abc'"),
    ("concurrency", "-2", "a whole number from 1 to 10000, not -2"),
    ("concurrency", "0", "a whole number"),
    ("concurrency", "1e9", "a whole number"),
    ("concurrency", "9" * 400, "a whole number"),
    ("concurrency", "2.5", "a whole number from 1 to 10000, not 2.5"),
    ("concurrency", "true", "a whole number from 1 to 10000, not true"),
    ("rpm", "fast", "a number from 0.001"),
    ("rpm", "-5", "a number from 0.001"),
    ("rpm", "nan", "a number from 0.001"),
    ("rpm", "NaN", "a number from 0.001"),
    ("rpm", "1e400", "a number from 0.001"),
    ("tpm", "30k", "a number from 1 to 1000000000000, not '30k'"),
    ("tpm", "[[" * 5000, "a number from 1"),
    ("retries", "many", "a whole number from 0 to 1000, not 'many'"),
    ("retries", "-3", "a whole number from 0 to 1000, not -3"),
    ("timeout", "0", "a number from 0.001 to 604800, not 0"),
    ("timeout", "inf", "a number from 0.001"),
    ("timeout", "Infinity", "a number from 0.001"),
    ("key_env", "", "the name of an environment variable"),
    ("key_env", "A B", "the name of an environment variable"),
    ("key_env", "7", "the name of an environment variable"),
    ("base_url", "", "an http or https address"),
    ("base_url", "localhost:8000", "an http or https address, or a list of them, not 'localhost:8"),
    ("base_url", "http://[::1", "an http or https address"),
    ("base_url", "http://host:port", "an http or https address"),
    ("base_url", "http://a b/", "an http or https address"),
    ("base_url", "http://host/?a=b", "ends before ? and #"),
    (
        "price",
        "x",
        "{input, output} in dollars per million tokens, or {per_second} in dollars, not",
    ),
    ("price", "5", "{per_second} in dollars, not 5"),
    ("price", '{"input": 1}', "{per_second} in dollars, not '{\"input\": 1}'"),
    ("price", '{"input": 1, "output": -1}', "{input, output}"),
)

WRONG_TOML: tuple[tuple[str, object, str], ...] = (
    ("concurrency", "abc", "a whole number"),
    ("concurrency", "4", "a whole number from 1 to 10000, not '4'"),
    ("rpm", {"a": 1}, 'a number from 0.001 to 1000000000, not {"a": 1}'),
    ("rpm", datetime.date(2026, 1, 1), "a number from 0.001"),
    ("rpm", [30], "not [30]"),
    ("tpm", float("nan"), "a number from 1"),
    ("timeout", float("inf"), "a number from 0.001"),
    ("base_url", [], "an http or https address, or a list of them, not []"),
    ("base_url", [1], "an http or https address"),
    ("base_url", ["http://one:1", "two"], "an http or https address"),
    ("price", {"input": 1, "output": float("inf")}, "{input, output}"),
    ("price", {"input": 1, "output": True}, "{input, output}"),
    ("profile", 3, "the name of a profile, not 3"),
    ("profile", ["pixel"], "the name of a profile"),
)


@pytest.mark.parametrize("model", ADAPTERS)
@pytest.mark.parametrize(("name", "text", "must_be"), WRONG_TEXT)
def test_a_wrong_wire_setting_is_refused_whatever_the_adapter(
    model: str, name: str, text: str, must_be: str
) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(f"{model}?{name}={quote(text)}", Config())
    message = str(raised.value)
    assert message.startswith(f"{model}: {name} must be ")
    assert must_be in message
    assert message.isprintable()


@pytest.mark.parametrize(("name", "value", "must_be"), WRONG_TOML)
def test_a_wrong_value_in_the_file_is_refused_with_its_table(
    name: str, value: object, must_be: str
) -> None:
    config = Config(models={"mine": {"model": "local/center", name: value}})
    with pytest.raises(UsageError) as raised:
        resolve("mine", config)
    assert str(raised.value).startswith(f"pointbench.toml [models.mine]: {name} must be ")
    assert must_be in str(raised.value)


def test_what_may_be_a_key_is_in_no_message() -> None:
    for setting in ("key_env=sk-1234", "base_url=http://me:sk-1234@host", "base_url=me:sk-1234@h"):
        with pytest.raises(UsageError) as raised:
            resolve(f"local/center?{setting}", Config())
        assert "sk-1234" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "must_be"),
    [
        ("local/ocr?min_score=200", "min_score must be a number from 0 to 100, not 200"),
        ("local/ocr?min_score=true", "min_score must be a number from 0 to 100, not true"),
        ("local/best-constant?point=2,0", "point must be fractions of the sides, from 0"),
        ("local/best-constant?point=a", "point must be two numbers"),
        ("local/center?min_score=70", "local/center: no setting 'min_score'"),
        ("simulated/a?rate=2", "rate must be a number from 0 to 1, not 2"),
        ("simulated/a?latency=-1", "latency must be a number from 0 to 86400, not -1"),
        ("simulated/a?bias_x=left", "bias_x must be a number, not 'left'"),
        ("openai/gpt-4o?temperature=NaN", "temperature must be a number from 0 to 2, not NaN"),
        ("openai/gpt-4o?max_tokens=0", "max_tokens must be a whole number from 1 up, not 0"),
        ("openai/gpt-4o?served_as=\udcff", "served_as must be text"),
        ("transformers/a/b?dtype=int3", "dtype must be one of"),
    ],
)
def test_a_wrong_setting_of_the_adapters_own_is_refused(text: str, must_be: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(text, Config())
    assert must_be in str(raised.value)


@pytest.mark.parametrize(("name", "value"), [("temperature", "hot"), ("timeout", 0)])
def test_a_wrong_setting_of_a_profile_is_refused(name: str, value: object) -> None:
    profile = find_profile("pixel", {}).model_copy(
        update={"name": "own", "settings": {name: value}}
    )
    with pytest.raises(UsageError, match=f"^profile own: {name} must be a number"):
        resolve("openai/gpt-4o?profile=own", Config(profiles={"own": profile}))


def test_numbers_are_normalized_and_the_rest_stays_as_written() -> None:
    model = resolve("local/center?concurrency=4.0&rpm=30&timeout=2.5&retries=0", Config())
    assert json.dumps(model.wire) == '{"concurrency": 4, "rpm": 30, "timeout": 2.5, "retries": 0}'
    assert model.label == "local/center"


def test_a_wire_setting_that_is_null_is_not_given() -> None:
    nulls = "&".join(f"{name}=null" for name in WIRE)
    assert resolve(f"openai/gpt-4o?{nulls}", Config()) == resolve("openai/gpt-4o", Config())
    config = Config(models={"mine": {"model": "openai/gpt-4o", "rpm": 30}})
    assert resolve("mine", config).wire == {"rpm": 30}
    assert resolve("mine?rpm=null", config).wire == {}


def test_null_for_a_setting_of_the_adapters_own_takes_the_profiles_value_away() -> None:
    model = resolve("openai/gpt-4o?detail=null", Config())
    assert model.profile.settings["detail"] == "high"
    assert model.label == "openai/gpt-4o?detail=null"
    assert model.sampling["detail"] is None


def _within(name: str, value: object) -> bool:
    """True if a wire value has the type and range that the engine and the adapters rely on."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match name:
        case "concurrency":
            return type(value) is int and 1 <= value <= 10_000
        case "retries":
            return type(value) is int and 0 <= value <= 1000
        case "rpm" | "tpm" | "timeout" | "total_timeout" | "max_reply_mb":
            return number and 0 < float(str(value)) < 1e13
        case "key_env":
            return isinstance(value, str) and value.isidentifier()
        case "base_url":
            urls = value if isinstance(value, list) else [value]
            return bool(urls) and all(str(url).startswith(("http://", "https://")) for url in urls)
        case _:
            table = json.loads(value) if isinstance(value, str) else value
            return isinstance(table, dict) and set(table) in ({"input", "output"}, {"per_second"})


def _resolved(text: str, config: Config) -> Mapping[str, object]:
    """The wire settings, or none if the model is refused in one line."""
    try:
        return resolve(text, config).wire
    except UsageError as error:
        message = str(error)
    assert message.isprintable()
    return {}


_LIKELY = st.sampled_from(
    ["4", "0", "-1", "4.0", "1e3", "null", "http://h", "KEY", '{"per_second":1}']
)


@settings(deadline=None)
@given(st.sampled_from(sorted(WIRE)), st.text() | st.integers().map(str) | _LIKELY)
def test_whatever_text_stands_there_it_is_usable_or_refused_in_one_line(
    name: str, text: str
) -> None:
    for written in (quote(text, errors="replace"), text):
        wire = _resolved(f"local/center?{name}={written}", Config())
        assert all(_within(key, value) for key, value in wire.items())


_SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | _LIKELY
)
_LISTS = st.lists(_SCALARS) | st.lists(st.lists(_SCALARS))
_VALUES = _SCALARS | _LISTS | st.dictionaries(st.text(), _SCALARS | _LISTS)


@settings(deadline=None)
@given(st.sampled_from([*sorted(WIRE), "profile", "point"]), _VALUES)
def test_whatever_the_file_holds_is_usable_or_refused_in_one_line(name: str, value: object) -> None:
    config = Config(models={"mine": {"model": "local/best-constant", name: value}})
    assert all(_within(key, part) for key, part in _resolved("mine", config).items())


# --- the picture as sent --------------------------------------------------------------------------

QWEN = "openai/qwen2.5-vl-7b"


def test_a_limit_for_pictures_is_in_label_and_sampling_and_no_adapter_gets_it() -> None:
    model = resolve(f"{QWEN}?max_image_tokens=4096.0&temperature=0", Config())
    assert model.label == f"{QWEN}?max_image_tokens=4096&temperature=0"
    assert model.profile.name == "qwen2.5-vl"
    assert model.profile.sizing == "qwen-28-4096"
    assert model.sampling["max_image_tokens"] == 4096
    assert "max_image_tokens" not in {**model.sent, **model.settings}
    config = Config(models={"mine": {"model": QWEN, "max_image_tokens": 4096}})
    mine = resolve("mine", config)
    assert (mine.label, mine.profile.sizing) == ("mine", "qwen-28-4096")
    without = resolve("mine?max_image_tokens=null", config)
    assert without.label == "mine?max_image_tokens=null"
    assert without.profile == resolve(QWEN, Config()).profile
    assert without.sampling == resolve(QWEN, Config()).sampling
    assert resolve(f"{QWEN}?max_image_tokens=null", Config()) == resolve(QWEN, Config())


def test_a_limit_for_pictures_may_stand_in_a_profile_and_goes_where_no_picture_is() -> None:
    own = find_profile("ui-tars-1.5").model_copy(
        update={"name": "own", "settings": {"max_image_tokens": 1280}}
    )
    config = Config(profiles={"own": own})
    assert resolve(f"{QWEN}?profile=own", config).profile.sizing == "ui-tars-1280"
    over = resolve(f"{QWEN}?profile=own&max_image_tokens=640", config)
    assert over.profile.sizing == "ui-tars-640"
    assert resolve(f"{QWEN}?max_image_tokens=4096", Config(), blind=True).profile.blind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "gpt-4o?max_image_tokens=4096",
            "openai/gpt-4o: max_image_tokens does not go with profile",
        ),
        ("openai/qwen3-vl-8b?max_image_tokens=4096", "not as-is"),
        ("local/center?max_image_tokens=4096", "does not go with profile"),
        (f"{QWEN}?max_image_tokens=0", "must be a whole number from 16 to 999999, not 0"),
        (f"{QWEN}?max_image_tokens=-4", "must be a whole number from 16 to 999999, not -4"),
        (f"{QWEN}?max_image_tokens=40.5", "must be a whole number"),
        (f"{QWEN}?max_image_tokens=true", "must be a whole number"),
        (f"{QWEN}?max_image_tokens=4k", "must be a whole number from 16 to 999999, not '4k'"),
        (f"{QWEN}?max_image_tokens=1e300", "must be a whole number"),
        (f"{QWEN}?max_image_token_s=4", "did you mean max_image_tokens"),
    ],
)
def test_a_wrong_limit_for_pictures_is_refused_in_one_line(text: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        resolve(text, Config())
    assert words in str(raised.value)
    assert str(raised.value).isprintable()


# --- adapters of other packages -----------------------------------------------------------------


class Careless:
    """Declares no settings."""

    def __init__(self, name: str, settings: Mapping[str, object]) -> None: ...

    def ask(self, request: Request) -> Reply:
        return Reply("")


class Precise(Careless):
    """Declares which settings it accepts."""

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        return Facts(accepts={"beams": Setting("beams of the search", int, low=1, high=8)})


class Broken(Careless):
    """Raises in ``facts``."""

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        raise KeyError("two\nlines")


class Wordy(Broken):
    """Raises a UsageError of more than one line."""

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        raise UsageError("two\nlines")


class Alien(Careless):
    """Returns the wrong type from ``facts``."""

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> dict[str, str]:
        return {}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[[type], None]:
    """Makes every adapter's name resolve to one class."""

    def install(cls: type) -> None:
        monkeypatch.setattr(registry, "adapter_class", lambda name: cls)

    return install


def test_a_third_partys_wire_settings_are_checked_and_its_own_are_its_business(
    installed: Callable[[type], None],
) -> None:
    installed(Careless)
    assert resolve("careless/a?depth=3&concurrency=2", Config()).label == "careless/a?depth=3"
    with pytest.raises(UsageError, match="concurrency must be a whole number"):
        resolve("careless/a?concurrency=two", Config())
    config = Config(models={"mine": {"model": "careless/a", "day": datetime.date(2026, 1, 1)}})
    with pytest.raises(UsageError, match="day must be text, a finite number"):
        resolve("mine", config)


def test_a_third_party_may_say_what_its_settings_are(installed: Callable[[type], None]) -> None:
    installed(Precise)
    assert resolve("precise/a?beams=4", Config()).sampling == {"beams": 4}
    with pytest.raises(
        UsageError, match="precise/a: beams must be a whole number from 1 to 8, not"
    ):
        resolve("precise/a?beams=9", Config())
    with pytest.raises(UsageError, match="no setting 'beam'; did you mean beams"):
        resolve("precise/a?beam=1", Config())


class Cutting(Careless):
    """Has a setting of its own by the name of one that is applied here."""

    @staticmethod
    def facts(name: str, settings: Mapping[str, object]) -> Facts:
        return Facts(accepts={"max_image_tokens": Setting("its own", str)})


def test_a_third_party_gets_no_limit_for_pictures_unless_it_is_its_own(
    installed: Callable[[type], None],
) -> None:
    installed(Careless)
    model = resolve("careless/a?profile=qwen2.5-vl&max_image_tokens=4096", Config())
    assert model.profile.sizing == "qwen-28-4096"
    assert "max_image_tokens" not in model.settings
    installed(Cutting)
    model = resolve("cutting/a?max_image_tokens=few", Config())
    assert model.profile.sizing == "as-is"
    assert model.settings["max_image_tokens"] == "few"


@pytest.mark.parametrize(
    ("cls", "words"),
    [
        (Broken, "x/a: the adapter's facts cannot be read: KeyError"),
        (Wordy, "two lines"),
        (Alien, r"x/a: the adapter's facts\(\) returns dict, not Facts"),
    ],
)
def test_facts_that_fail_are_one_line(
    installed: Callable[[type], None], cls: type, words: str
) -> None:
    installed(cls)
    with pytest.raises(UsageError, match=words) as raised:
        resolve("x/a", Config())
    assert str(raised.value).isprintable()


# --- the commands -------------------------------------------------------------------------------

POINTER = """
from pointbench import Reply

class Pointer:
    def __init__(self, name, settings): ...
    def ask(self, request):
        return Reply('{"x": 1, "y": 1}')
"""

COMMANDS = (
    ("run", "--name", "n1", "-m"),
    ("run", "--dry-run", "-m"),
    ("streak", "--goal", "2", "--name", "n1", "-m"),
    ("plan", "-m"),
    ("models", "show"),
    ("models", "check"),
    ("models", "calibrate"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_wrong_setting_before_it_writes(
    inline: Command, command: tuple[str, ...], tmp_path: Path
) -> None:
    done = inline(*command, "local/center?concurrency=abc")
    assert done.returncode == 2
    assert done.stderr == (
        "pointbench: local/center: concurrency must be a whole number from 1 to 10000, not 'abc'\n"
    )
    assert not (tmp_path / "results").exists()


def test_an_installed_adapter_of_another_package_is_held_to_it(
    pointbench: Command, adapters: Callable[[str, str], Path], small: DataRoot, tmp_path: Path
) -> None:
    env = environment(adapters("other", POINTER))
    words = ("run", "-m", "other/a?rpm=fast", "-s", "small", "--data", small.path, "--name", "n1")
    done = pointbench(*words, env=env)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "other/a: rpm must be a number" in done.stderr
    assert not (tmp_path / "work" / "results").exists()


def test_an_older_run_that_holds_a_wrong_setting_says_how_to_mend_it(
    inline: Command, small: DataRoot, tmp_path: Path
) -> None:
    words = ("-s", "small", "--data", small.path, "--name", "n1")
    assert inline("run", "-m", "local/center", *words).returncode == 0
    file = tmp_path / "results" / "n1" / "run.json"
    run = json.loads(file.read_text())
    run["models"][0]["wire"]["concurrency"] = "abc"
    file.write_text(json.dumps(run))
    done = inline("run", "--resume", "n1")
    assert done.returncode == 2
    assert done.stderr == (
        "pointbench: run n1 cannot be resumed: correct `wire` of local/center in its run.json, or "
        "start a new run: concurrency must be a whole number from 1 to 10000, not 'abc'\n"
    )
    run["models"][0]["wire"]["concurrency"] = None
    file.write_text(json.dumps(run))
    assert inline("run", "--resume", "n1").returncode == 0


# --- found by review -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("local/center?profile=", "no profile ''"),
        ("local/center?profile=null", "profile must be the name of a profile, not null"),
        ("mine?profile=", "no profile ''"),
        ("mine?profile=null", "profile must be the name of a profile, not null"),
    ],
)
def test_a_profile_without_a_name_is_no_way_to_say_the_default(text: str, words: str) -> None:
    config = Config(models={"mine": {"model": "openai/gpt-4o", "profile": "pixel"}})
    with pytest.raises(UsageError) as error:
        resolve(text, config)
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["simulated/\udcff", "openai/\udcffx"])
def test_a_model_that_is_not_utf_8_is_one_line(text: str) -> None:
    with pytest.raises(UsageError) as error:
        resolve(text, Config())
    message = str(error.value)
    assert "UTF-8" in message
    assert message.isprintable()


def test_an_unknown_setting_is_named_where_it_was_written() -> None:
    config = Config(models={"mine": {"model": "openai/gpt-4o", "temprature": 0}})
    with pytest.raises(
        UsageError, match=r"\[models\.mine\]: no setting 'temprature'; did you mean"
    ):
        resolve("mine", config)
    with pytest.raises(UsageError, match=r"^openai/gpt-4o: no setting 'temprature'"):
        resolve("openai/gpt-4o?temprature=0", Config())


def test_a_model_of_the_file_that_is_no_model_is_named_itself() -> None:
    config = Config(models={"mine": {"model": "center"}})
    with pytest.raises(UsageError, match="no model 'center'"):
        resolve("mine", config)


def test_a_setting_whose_name_is_not_utf_8_is_one_line(installed: Callable[[type], None]) -> None:
    installed(Careless)
    with pytest.raises(UsageError, match=r"careless/a: the setting '.udcff' is not valid UTF-8"):
        resolve("careless/a?\udcff=1", Config())


@pytest.mark.parametrize(
    ("settings", "limit"),
    [
        ({}, None),
        ({"max_tokens": 300}, 300),
        ({"max_tokens": 300.0}, 300),
        ({"max_tokens": None}, None),
        ({"extra_body": {"max_completion_tokens": 50}}, 50),
        # A field of the body replaces the setting, in a request and here.
        ({"max_tokens": 10, "extra_body": {"max_tokens": 300}}, 300),
        ({"max_tokens": 300, "extra_body": '{"max_tokens": 10}'}, 10),
        ({"max_tokens": 300, "extra_body": {"top_k": 5}}, 300),
        ({"extra_body": {"generationConfig": {"maxOutputTokens": 64}}}, 64),
        ({"extra_body": {"options": {"num_predict": 32}}}, 32),
        ({"extra_body": {"inferenceConfig": {"maxTokens": 32}}}, 32),
        ({"input": {"max_gen_len": 32}}, 32),
        ({"extra_body": {"options": {"num_predict": -1}}}, None),
        ({"input": {"max_new_tokens": 128}}, 128),
        ({"extra_body": {"max_tokens": "many"}}, None),
        # Tokens of several calls or answers are summed, so they say nothing about one of them.
        ({"max_tokens": 300, "tool": "computer"}, None),
        ({"max_tokens": 300, "extra_body": {"n": 2}}, None),
        ({"max_tokens": 300, "extra_body": {"n": 1}}, 300),
    ],
)
def test_the_output_limit_that_a_request_sends(
    settings: dict[str, object], limit: int | None
) -> None:
    assert output_limit_in(settings) == limit
