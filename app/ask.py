"""``mlrisk ask``: an answer in the terminal, and where it stands."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from mlrisk.documents.base import Answer, Citation


def view(answer: Answer) -> Group:
    """The answer and its numbered citations, or why there is none."""
    if answer.refused:
        return Group(Text(answer.answer, style="bold yellow"), Text(answer.refused, style="dim"))
    parts: list[RenderableType] = [Text(answer.answer)]
    for number, citation in enumerate(answer.citations, 1):
        parts += ["", _citation(number, citation)]
    return Group(*parts)


def _citation(number: int, citation: Citation) -> Group:
    published = f"{citation.published_at:%-d %B %Y, %H:%M UTC}"
    lines: list[RenderableType] = [
        Text.from_markup(
            f"[bold]\\[{number}] {escape(citation.title)}[/], {published} "
            f"[dim]{escape(citation.chunk_id)}[/]"
        )
    ]
    if citation.url:
        lines.append(
            Padding(Text(citation.url, style="blue", no_wrap=True), (0, 0, 0, 4), expand=False)
        )
    lines.append(Padding(Text(f"“{citation.quote}”", style="italic"), (0, 0, 0, 4), expand=False))
    return Group(*lines)
