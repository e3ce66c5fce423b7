"""``.env`` gives keys and their addresses, and nothing else; where a key goes elsewhere, that is said."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pointbench.errors import UsageError
from pointbench.settings import from_env_file, load_env_file
from tests.conftest import Command, DataRoot

KEY = "sk-own-0123456789abcdef"
Listener = tuple[str, list[str]]
ASK = ("-s", "small", "--limit", "1", "-q")


@pytest.fixture(autouse=True)
def bare() -> Iterator[None]:
    """An environment without keys and addresses; what a test sets is removed afterwards."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.upper().endswith(("_API_KEY", "_API_TOKEN", "_BASE_URL", "_PROXY")):
            del os.environ[name]
    yield
    os.environ.clear()
    os.environ.update(before)


def write_env(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text(text)


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "REPLICATE_API_TOKEN", "OPENAI_BASE_URL", "ACME_API_KEY"]
)
def test_keys_and_addresses_are_taken(tmp_path: Path, name: str) -> None:
    write_env(tmp_path, f"export {name}='value'\n")
    assert load_env_file(tmp_path) == []
    assert os.environ[name] == "value"
    assert from_env_file(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("HTTPS_PROXY", True), ("all_proxy", True), ("SSL_CERT_FILE", True), ("HF_ENDPOINT", True),
        ("REQUESTS_CA_BUNDLE", True), ("PYTHONPATH", True), ("LD_PRELOAD", True), ("PATH_2", False),
        ("GROQ_AUTH", False), ("AWS_SECRET_ACCESS_KEY", False), ("OPENAI_CUSTOM_HEADERS", False),
        ("_API_KEY", False), ("OPENAI_API_KEY_FILE", False), ("openai_api_key", False),
    ],
)  # fmt: skip
def test_nothing_else_is_taken(tmp_path: Path, name: str, said: bool) -> None:
    os.environ.pop(name, None)
    write_env(tmp_path, f"{name}=http://evil.test\n")
    lines = load_env_file(tmp_path)
    assert name not in os.environ
    assert [name in line for line in lines] == [True] * said


def test_a_variable_that_the_command_line_names_is_taken(tmp_path: Path) -> None:
    write_env(tmp_path, "GROQ_AUTH=value\nOTHER_AUTH=value\n")
    load_env_file(tmp_path, {"GROQ_AUTH"})
    assert os.environ["GROQ_AUTH"] == "value"
    assert "OTHER_AUTH" not in os.environ


def test_the_environment_comes_first(tmp_path: Path) -> None:
    os.environ["OPENAI_API_KEY"] = KEY
    write_env(tmp_path, "OPENAI_API_KEY=other\n")
    load_env_file(tmp_path)
    assert os.environ["OPENAI_API_KEY"] == KEY
    assert not from_env_file("OPENAI_API_KEY")


def test_an_address_holds_only_for_a_key_of_the_same_file(tmp_path: Path) -> None:
    text = "OPENAI_BASE_URL=http://a.test/v1\nGEMINI_BASE_URL=http://b.test\nGEMINI_API_KEY=k\n"
    os.environ["OPENAI_API_KEY"] = KEY
    write_env(tmp_path, text)
    [line] = load_env_file(tmp_path)
    assert line.startswith(".env: OPENAI_BASE_URL is not used, because OPENAI_API_KEY comes from")
    assert "OPENAI_BASE_URL" not in os.environ
    assert os.environ["GEMINI_BASE_URL"] == "http://b.test"


def test_an_address_without_any_key_is_taken(tmp_path: Path) -> None:
    write_env(tmp_path, "LLAMA_BASE_URL=http://127.0.0.1:8000/v1\n")
    assert load_env_file(tmp_path) == []
    assert os.environ["LLAMA_BASE_URL"] == "http://127.0.0.1:8000/v1"


def test_a_value_of_the_environment_is_never_copied(tmp_path: Path) -> None:
    os.environ["AWS_SECRET_ACCESS_KEY"] = KEY
    text = "A=one\nOPENAI_API_KEY=${AWS_SECRET_ACCESS_KEY}\nXAI_API_KEY=${A}-${B:-two}\n"
    write_env(tmp_path, text)
    load_env_file(tmp_path)
    assert os.environ["OPENAI_API_KEY"] == ""
    assert os.environ["XAI_API_KEY"] == "one-two"


def test_a_second_file_takes_the_place_of_the_first(tmp_path: Path) -> None:
    write_env(tmp_path / "a", "OPENAI_API_KEY=one\nXAI_API_KEY=one\n")
    write_env(tmp_path / "b", "OPENAI_API_KEY=two\n")
    load_env_file(tmp_path / "a")
    os.environ["XAI_API_KEY"] = "set since"
    load_env_file(tmp_path / "b")
    assert os.environ["OPENAI_API_KEY"] == "two"
    assert not from_env_file("XAI_API_KEY")
    load_env_file(tmp_path)
    assert "OPENAI_API_KEY" not in os.environ


@pytest.mark.parametrize(
    "content",
    [
        b"OPENAI_API_KEY=\xff\xfe\n",
        b"OPENAI_API_KEY='a\0b'\n",
        b"A=" + b"x" * 200_000,
        b"A0=xxxxxxxxxx\n" + b"".join(b"A%d=${A%d}${A%d}\n" % (n + 1, n, n) for n in range(40)),
    ],
    ids=["no text", "a zero", "too long", "doubled forty times"],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".env").write_bytes(content)
    with pytest.raises(UsageError, match=r"^\.env") as raised:
        load_env_file(tmp_path)
    assert "\n" not in str(raised.value)


# --- where keys go ------------------------------------------------------------------------------


def test_an_address_in_env_gets_no_key_of_the_environment(
    inline: Command, small: DataRoot, listener: Listener
) -> None:
    url, heard = listener
    os.environ["OPENAI_API_KEY"] = KEY
    write_env(small.path, f"OPENAI_BASE_URL={url}\n")
    done = inline("run", "-m", "gpt-4o", *ASK, "--dry-run", cwd=small.path)
    assert "OPENAI_BASE_URL is not used" in done.stderr
    os.environ["ACME_KEY"] = KEY
    os.environ["LLAMA_API_KEY"] = ""
    write_env(small.path, f"LLAMA_BASE_URL={url}\n")
    done = inline("run", "-m", "llama-3.3-70b?key_env=ACME_KEY", *ASK, cwd=small.path)
    assert KEY not in "".join(heard) + done.stderr
    assert "LLAMA_BASE_URL in .env holds only for a key from the same file" in done.stderr


def test_an_address_in_env_sees_nothing_but_its_own_key(
    inline: Command, small: DataRoot, listener: Listener
) -> None:
    url, heard = listener
    os.environ["OPENAI_ORG_ID"] = "org-private"
    os.environ["OPENAI_CUSTOM_HEADERS"] = "X-Gateway: private"
    os.environ["HTTP_PROXY"] = "http://127.0.0.1:9"
    write_env(small.path, f"OPENAI_BASE_URL={url}\nOPENAI_API_KEY=of-the-file\n")
    done = inline("run", "-m", "gpt-4o?retries=0", *ASK, cwd=small.path)
    assert heard
    assert "Bearer of-the-file" in heard[0]
    assert "private" not in "".join(heard)
    host = url.split("/")[2]
    line = f"the key in OPENAI_API_KEY goes to {host}, which OPENAI_BASE_URL in .env names"
    assert f"pointbench: {line} (openai/gpt-4o)\n" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "-m", "MODEL", *ASK),
        ("streak", "-m", "MODEL", "--goal", "1", "--sessions", "1", "-s", "small", "-q"),
        ("models", "check", "MODEL"),
        ("models", "calibrate", "MODEL"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_where_a_key_goes_is_said_before_the_first_call(
    inline: Command, small: DataRoot, listener: Listener, words: tuple[str, ...]
) -> None:
    url, heard = listener
    os.environ["ACME_KEY"] = KEY
    model = f"openai/x?base_url={url}&key_env=ACME_KEY&retries=0"
    done = inline(*(model if word == "MODEL" else word for word in words), cwd=small.path)
    host = url.split("/")[2]
    line = f"pointbench: the key in ACME_KEY goes to {host}, which base_url names (openai/x)\n"
    assert done.stderr.count(line) == 1
    assert heard
    assert KEY not in done.stderr + done.stdout


def test_a_key_that_goes_to_its_vendor_is_not_mentioned(inline: Command, small: DataRoot) -> None:
    from pointbench.adapters.http.hosts import key_destinations

    for name in ("OPENAI_API_KEY", "XAI_API_KEY", "GROQ_API_KEY"):
        os.environ[name] = KEY
    assert key_destinations("openai", "gpt-4o", {}, "m") == []
    assert key_destinations("local", "center", {}, "m") == []
    at_groq = {"base_url": "https://api.groq.com/openai/v1", "key_env": "GROQ_API_KEY"}
    assert key_destinations("openai", "llama", at_groq, "m") == []
    plain = {**at_groq, "base_url": "http://api.groq.com/openai/v1"}
    assert len(key_destinations("openai", "llama", plain, "m")) == 1
    assert key_destinations("openai", "gpt-4o", {"key_env": "GROQ_API_KEY"}, "m") == [
        "the key in GROQ_API_KEY goes to api.openai.com"
    ]
    os.environ["OPENAI_BASE_URL"] = "http://me:word@[::1]:8000/v1"
    assert key_destinations("openai", "gpt-4o", {}, "m") == [
        "the key in OPENAI_API_KEY goes to [::1]:8000, which OPENAI_BASE_URL names"
    ]


def test_a_key_that_env_has_but_does_not_give_is_explained(
    inline: Command, small: DataRoot
) -> None:
    toml = '[models.mine]\nmodel = "openai/x"\nbase_url = "http://127.0.0.1:9/v1"\n'
    small.path.joinpath("pointbench.toml").write_text(f'{toml}key_env = "GROQ_AUTH"\n')
    write_env(small.path, "GROQ_AUTH=value\n")
    done = inline("run", "-m", "mine", *ASK, cwd=small.path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert ".env has it, but .env gives only keys named *_API_KEY" in done.stderr
    words = ("-m", "mine?key_env=GROQ_AUTH&retries=0", *ASK, "--dry-run")
    assert inline("run", *words, cwd=small.path).returncode == 0


@pytest.mark.parametrize(
    ("model", "prefix", "key", "vendor"),
    [
        ("openai/gpt-4o", "OPENAI", "OPENAI_API_KEY", "openai"),
        ("anthropic/claude-sonnet-5-5", "ANTHROPIC", "ANTHROPIC_API_KEY", "anthropic"),
        ("google/gemini-3.8-flash", "GEMINI", "GEMINI_API_KEY", "google"),
        ("moondream-2", "MOONDREAM", "MOONDREAM_API_KEY", "moondream"),
        ("molmo-7b", "REPLICATE", "REPLICATE_API_TOKEN", "replicate"),
    ],
)
def test_every_vendor_is_asked_at_an_address_in_env(
    inline: Command, tmp_path: Path, model: str, prefix: str, key: str, vendor: str
) -> None:
    from pointbench.testing import Vendors

    with Vendors() as server:
        write_env(
            tmp_path / "work", f"{key}=of-the-file-1\n{prefix}_BASE_URL={server.base_url(vendor)}\n"
        )
        done = inline("models", "check", model, cwd=tmp_path / "work")
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"the key in {key} goes to 127.0.0.1:" in done.stderr
    assert f"which {prefix}_BASE_URL in .env names" in done.stderr
