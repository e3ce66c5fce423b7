"""Files, folders and archives as sources, hostile ones among them."""

from __future__ import annotations

import gzip
import json
import stat
import zipfile
from pathlib import Path

import pytest

from pointbench.errors import UsageError
from pointbench.importers import load_format
from pointbench.importers.importing import Imported, import_suite
from pointbench.importers.sources import open_source
from tests.importers.conftest import png, write
from tests.importers.formats.test_conventions import PRO

ROWS = json.dumps([PRO])


def zip_of(path: Path, **entries: bytes | str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def import_pro(source: Path, root: Path, images: Path | None = None) -> Imported:
    return import_suite(load_format("screenspot-pro"), source, "made", root, images)


def test_a_zip_with_pictures(tmp_path: Path, root: Path) -> None:
    entries: dict[str, bytes | str] = {
        "set/a.json": ROWS,
        "set/images/app/a.png": png(),
        "__MACOSX/b.json": "x",
    }
    done = import_pro(zip_of(tmp_path / "a.zip", **entries), root)
    assert (done.targets, done.pictures) == (1, 1)


def test_pictures_that_stand_apart(tmp_path: Path, root: Path) -> None:
    write(tmp_path, {"a.json": [PRO]})
    pictures = zip_of(tmp_path / "pictures.zip", **{"screens/app/a.png": png()})
    assert import_pro(tmp_path / "a.json", root, pictures).pictures == 1


def test_a_lone_file_finds_pictures_beside_its_folder(tmp_path: Path, root: Path) -> None:
    write(tmp_path, {"annotations/a.json": [PRO], "images/app/a.png": png()})
    assert import_pro(tmp_path / "annotations" / "a.json", root).pictures == 1


@pytest.mark.parametrize(
    "name", ["../evil.json", "/evil.json", "a/../../evil.json", "..\\evil.json", "C:/evil.json"]
)
def test_an_entry_that_leaves_the_archive(name: str, tmp_path: Path, root: Path) -> None:
    path = zip_of(tmp_path / "a.zip", **{"a.json": ROWS, "placeholder": "x"})
    content = path.read_bytes().replace(b"placeholder", name.encode().ljust(11, b"_")[:11])
    path.write_bytes(content)
    with pytest.raises(UsageError, match="is refused"):
        import_pro(path, root)
    assert not root.exists()


def test_a_link_in_an_archive(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", ROWS)
        link = zipfile.ZipInfo("app/a.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UsageError, match="is a link"):
        import_pro(path, root)


def test_an_archive_packed_beyond_reason(tmp_path: Path, root: Path) -> None:
    path = zip_of(tmp_path / "a.zip", **{"a.json": b" " * (4 << 20)})
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].file_size > 900 * archive.infolist()[0].compress_size
    bomb = tmp_path / "b.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a.json", b" " * (4 << 20))
    with pytest.raises(UsageError, match="1000 times its size"):
        import_pro(bomb, root)


def test_a_name_that_appears_twice(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", ROWS)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.json", ROWS)
    with pytest.raises(UsageError, match="appears twice"):
        import_pro(path, root)


def test_a_picture_that_is_broken_inside_an_archive(tmp_path: Path, root: Path) -> None:
    second = json.dumps([PRO, {**PRO, "id": "b", "img_filename": "b.png"}])
    entries: dict[str, bytes | str] = {"a.json": second, "app/a.png": png()}
    path = zip_of(tmp_path / "a.zip", **entries)
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("app/a.png").header_offset + 60
    content = bytearray(path.read_bytes())
    content[start : start + 20] = bytes(20)
    path.write_bytes(content)
    assert import_pro(path, root).ids("dropped") == {"bad-picture": ["app_windows_0"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.zip", b"no archive", "not a readable zip archive"),
        ("a.json", b"{", "not usable JSON"),
        ("a.json", b"[" * 200_000, "not usable JSON"),
        ("a.json", b"7", "does not hold a list"),
        ("a.json", b"\xff\xfe\x00", "not UTF-8"),
        ("a.json", b"[]", "gives no target"),
        ("a.parquet", b"PAR1", "not parquet"),
        ("a.json.gz", b"not packed", "cannot be read"),
    ],
)
def test_a_file_that_is_not_what_it_says(
    name: str, content: bytes, message: str, tmp_path: Path, root: Path
) -> None:
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=message) as caught:
        import_pro(tmp_path / name, root)
    assert "\n" not in str(caught.value)
    assert not (root / "targets").exists()


def test_parquet_without_its_extra_is_said_in_one_line(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(UsageError, match=r"pointbench\[parquet\]"):
        import_pro(tmp_path / "a.parquet", root)


def test_a_source_that_is_not_there(tmp_path: Path, root: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        import_pro(tmp_path / "none", root)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no annotation file"):
        import_pro(tmp_path / "empty", root)


def test_packed_files_are_unpacked(tmp_path: Path, root: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(ROWS.encode()))
    assert import_pro(tmp_path / "a.json.gz", root).targets == 1


def test_json_lines_under_the_name_json(tmp_path: Path, root: Path) -> None:
    second = json.dumps({**PRO, "id": "b"})
    (tmp_path / "a.json").write_text(f"{json.dumps(PRO)}\n{second}\n")
    assert import_pro(tmp_path / "a.json", root).targets == 2


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path, root: Path) -> None:
    write(tmp_path, {"set/a.json": [PRO], "outside/a.png": png()})
    (tmp_path / "set" / "app").mkdir()
    (tmp_path / "set" / "app" / "a.png").symlink_to(tmp_path / "outside" / "a.png")
    (tmp_path / "set" / "more").symlink_to(tmp_path / "outside")
    assert import_pro(tmp_path / "set", root).pictures == 0


def test_ids_hold_as_many_folders_as_needed(tmp_path: Path) -> None:
    write(tmp_path, {"x/a/data.json": [], "x/b/data.json": [], "x/b/other.json": []})
    source = open_source(tmp_path, ("*.json",))
    assert [source.stem(name) for name in source.annotations] == ["a/data", "b/data", "other"]
