from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.dashboard import passages


@given(st.lists(st.sampled_from(["a sentence. ", "\n\n", "x" * 700]), min_size=1), st.data())
def test_window_holds_the_quote_and_begins_at_a_paragraph(
    parts: list[str], data: st.DataObject
) -> None:
    text = "".join(parts)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = passages.window(text, start, end)
    assert 0 <= first <= start <= end <= last <= len(text)
    assert first >= start - passages.AROUND
    assert last <= end + passages.AROUND
    if first and "\n\n" in text[max(start - passages.AROUND, 0) : start]:
        assert text[first - 2 : first] == "\n\n"


@given(st.text(alphabet="ab[]*_`$:\\<>#-.", max_size=30))
def test_label_is_nothing_but_text(text: str) -> None:
    escaped = passages.plain(text)
    back, place = "", 0
    while place < len(escaped):
        place += escaped[place] == "\\"
        back += escaped[place]
        place += 1
    assert back == text
    bare = escaped.replace("\\\\", "")
    assert all(bare[at - 1] == "\\" for at, one in enumerate(bare) if one in "[]*_`$:<>#")
