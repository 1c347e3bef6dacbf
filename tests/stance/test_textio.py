"""Encodings, and files that are no text: each with its exact message."""

import codecs
import io
import sys
from pathlib import Path

import pytest

from stance.documents import read_documents, read_records
from stance.errors import DocumentError

PAGE = "<html><body><article><p>The envoy had naïve hopes for a quick deal — 서울 agreed.</p></article></body></html>"


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html"])
def test_unicode_marks_are_read_without_a_flag(tmp_path, name, encoding):
    body = {"a.jsonl": '{"text": "naïve — 서울"}\n', "a.csv": "text\nnaïve — 서울\n", "a.html": PAGE}.get(
        name, "naïve — 서울"
    )
    data = codecs.BOM_UTF16_BE + body.encode("utf-16-be") if encoding == "utf-16-be-bom" else body.encode(encoding)
    (article,) = read_documents([written(tmp_path, name, data)])
    assert "naïve" in article.paragraphs[-1].text
    assert article.paragraphs[-1].flags == ()


def test_windows_text_is_decoded_with_a_flag(tmp_path):
    (article,) = read_documents([written(tmp_path, "a.txt", "“naïve” – so\n\nTwo.".encode("cp1252") + b" \x81")])
    assert [(p.text, p.flags) for p in article.paragraphs] == [
        ("“naïve” – so", ("decoded",)),
        ("Two. \ufffd", ("decoded",)),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_only_the_rows_that_were_decoded_are_flagged(tmp_path, name):
    rows = {"a.jsonl": ['{"text": "na\xefve"}', '{"text": "b"}'], "a.csv": ["text", "na\xefve", "b"]}[name]
    path = written(tmp_path, name, "\n".join(rows).encode("cp1252"))
    assert [(r["text"], r["flags"]) for r in read_records([path])] == [("naïve", ["decoded"]), ("b", [])]


def test_lone_surrogates_are_replaced_one_for_one(tmp_path):
    path = written(tmp_path, "a.jsonl", r'{"text": "a\ud800b \ud83d\ude00"}')
    assert [(r["text"], r["flags"]) for r in read_records([path])] == [("a\ufffdb 😀", ["decoded"])]


def test_half_a_utf16_file_is_flagged(tmp_path):
    path = written(tmp_path, "a.txt", "naïve".encode("utf-16") + b"x")
    assert [r["flags"] for r in read_records([path])] == [["decoded"]]


KINDS = ".txt, .html, .htm, .jsonl, .csv or .parquet"
BAD = [
    ("a.txt", b"", ": text expected, the file is empty; leave it out or fill it"),
    ("a.jsonl", b"", ": text expected, the file is empty; leave it out or fill it"),
    ("a.parquet", b"", ": text expected, the file is empty; leave it out or fill it"),
    *(
        (f"a.{s}", b" \n\t\n", ": text expected, the file holds only blanks; leave it out or fill it")
        for s in ("txt", "html", "jsonl", "csv")
    ),
    *(
        (f"a.{s}", b"PK\x03\x04\x00\x00", ": text expected, binary data came (a NUL byte); export it as UTF-8 text")
        for s in ("txt", "html", "jsonl", "csv")
    ),
    *(
        (f"a.{s}", b"\x01\x02IHDR", ": text expected, binary data came (control signs); export it as UTF-8 text")
        for s in ("txt", "html", "jsonl", "csv")
    ),
    ("a.docx", b"x", f": {KINDS} expected, '.docx' came; convert it or pipe its text to `-`"),
    ("a", b"x", f": {KINDS} expected, no suffix came; convert it or pipe its text to `-`"),
    *(
        ("a.html", page, ": an article expected, no story text in the HTML; save the article's own page")
        for page in (
            b"<html><head><title>T</title></head><body></body></html>",
            b"<html><body><nav><a href='/'>Home</a><a href='/p'>Politics</a></nav></body></html>",
        )
    ),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD)
def test_message(tmp_path, name, content, message):
    path = written(tmp_path, name, content)
    with pytest.raises(DocumentError) as error:
        list(read_documents([path]))
    assert str(error.value) == f"{path}{message}"


def test_missing_file(tmp_path):
    path = tmp_path / "none.txt"
    with pytest.raises(DocumentError) as error:
        list(read_documents([path]))
    assert str(error.value) == f"{path}: a file or folder expected, nothing is there; check the path"


def test_folder_without_documents(tmp_path):
    written(tmp_path, "readme.md", "x")
    with pytest.raises(DocumentError) as error:
        list(read_documents([tmp_path]))
    assert str(error.value) == f"{tmp_path}: a folder with {KINDS} files expected, none found; check the path"


def test_no_permission(tmp_path, monkeypatch):
    path = written(tmp_path, "a.txt", "One.")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DocumentError) as error:
        list(read_documents([path]))
    assert str(error.value) == f"{path}: a readable file expected, permission denied; change its mode or owner"
    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DocumentError) as error:
        list(read_documents([tmp_path]))
    assert str(error.value) == f"{tmp_path}: a readable folder expected, permission denied; change its mode"


def test_nothing_on_stdin(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(DocumentError) as error:
        list(read_documents(["-"]))
    assert str(error.value) == "-: text expected, nothing came on standard input; pipe text to it"
