"""Bytes of a page to text, whatever they are said to be."""

from __future__ import annotations

import codecs
import re
import unicodedata

import ftfy
from ftfy.badness import is_bad

from mlrisk.documents.base import DocumentError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_LABEL = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_WHATWG = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}
"""Labels that browsers read as another encoding, a superset (WHATWG Encoding, section 4.2)."""

_HEAD = 4096
_BINARY_MAGIC = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"{\\rtf",
)
_MOST_CONTROLS = 0.01
"""Share of control characters above which bytes are no text: a page has none or a stray one."""

_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\t\v\f]")
_UNSEEN = re.compile(
    r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_CONTROLS = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]|\U000e0000-\U000e007f"
)


def decode(blob: bytes, media_type: str = "") -> str:
    """Text of a page, with what was decoded twice put right.

    Read in this order: a byte-order mark, the label of ``media_type``, the label in the page,
    UTF-8, Windows-1252. A label that the bytes contradict is passed over.

    Raises
    ------
    DocumentError
        Where the bytes are no text.
    """
    if blob.startswith(_BINARY_MAGIC):
        raise DocumentError(
            f"bytes begin with {blob[:4]!r}, which is no page; expected HTML, Markdown or text"
        )
    text = _first_decoded(blob, media_type)
    controls = len(_BINARY.findall(text))
    # A stray NUL is repaired; a file full of them is not text.
    if controls > max(2, _MOST_CONTROLS * len(text)):
        raise DocumentError(
            f"{controls} of {len(text)} characters are control characters; expected HTML, "
            "Markdown or text in UTF-8 or Windows-1252"
        )
    return tidy(repair(text))


def _first_decoded(blob: bytes, media_type: str) -> str:
    for bom, name in _BOMS:
        if blob.startswith(bom):
            return blob[len(bom) :].decode(name, errors="replace")
    head = blob[:_HEAD]
    labels = [found.group(1) for found in (_LABEL.search(media_type),) if found]
    declared = filter(None, (pattern.search(head) for pattern in (_META, _XML)))
    labels += [found.group(1).decode("ascii", errors="replace") for found in declared]
    for label in [*labels, "utf-8"]:
        try:
            return blob.decode(_WHATWG.get(label.lower(), label))
        except (LookupError, ValueError):
            continue
    return blob.decode("cp1252", errors="replace")


def repair(text: str) -> str:
    r"""Text with UTF-8 that was read as Windows-1252 put right, line by line.

    >>> repair("3â\x80\x931/2 percent")
    '3–1/2 percent'
    """
    lines = text.split("\n")
    return "\n".join(
        ftfy.fix_encoding(line) if not line.isascii() and is_bad(line) else line for line in lines
    )


def tidy(text: str) -> str:
    """Text in composed form, one kind of line end, one kind of blank, nothing unseen.

    Nothing is folded that carries meaning: ½, the curly quotes and the dashes stay. A non-breaking
    hyphen becomes a hyphen, or "12-month" would not be found where a page writes it with one.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = text.replace("\u2029", "\n\n").replace("\u0085", "\n").replace("\u2011", "-")
    text = _CONTROLS.sub("", _UNSEEN.sub("", _SPACES.sub(" ", text)))
    return unicodedata.normalize("NFC", text)
