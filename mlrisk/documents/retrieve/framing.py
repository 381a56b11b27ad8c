"""What of a question only asks: "Where did officials say that ..."."""

from __future__ import annotations

import re

FEWEST = 4
"""Words that must be left; a shorter rest is no longer what was asked."""

_ASKING = r"(?:(?:in|at|on|from|under|by|to)\s+)?(?:which|what|where|when|how|why|who|whose)\b"
_QUALIFIED = r"(?:\s+(?:early|late|one|other|official|fed|policy|committee))?"
_PLACE = (
    r"(?:\s+(?:records?|accounts?|minutes|meetings?|documents?|announcements?|statements?|texts?|"
    r"releases?|passages?|papers?|strategy document|discussions?|summary|notes?))?"
)
_WRITTEN = (
    r"(?:\s+(?:is|are|was|were)\s+(?:it|there)\s+(?:recorded|said|noted|stated|written|reported|"
    r"mentioned)(?:\s+that)?|\s+(?:did|do|does|was|were|is|are|has|have|had)\b)?"
)
_SPEAKER = (
    r"(?:\s+(?:(?:some|several|a few|many|most|the|certain|other)\s+)?(?:of\s+)?"
    r"(?:policy\s?makers?|rate[- ]setters?|officials?|central bankers?|committee(?: members?)?|"
    r"members?|participants?|fomc|fed|staff|economists?|documents?))?"
)
_SPEAKING = (
    r"(?:\s+(?:first|initially|once|also|already))?"
    r"(?:\s+(?:says?|said|notes?|noted|mentions?|mentioned|cites?|cited|blames?|blamed|records?|"
    r"recorded|reports?|reported|describes?|described|discuss(?:es|ed)?|explain(?:s|ed)?|think|"
    r"thought|worry|worried|argue[ds]?|point(?:s|ed)? (?:to|out)|warn(?:s|ed)?|see|saw|judge[ds]?|"
    r"show(?:s|ed)?|put))?(?:\s+that)?\s+"
)
_FRAME = re.compile(
    "^" + _ASKING + _QUALIFIED + _PLACE + _WRITTEN + _SPEAKER + _SPEAKING, re.IGNORECASE
)


def unframed(question: str) -> str:
    """The question without the words that only ask, or as it is where little would be left.

    An embedding of "Where is it recorded that X" is near to sentences about records; what is
    looked for is near to X.
    """
    rest = _FRAME.sub("", question, count=1).rstrip(" ?")
    return rest if len(rest.split()) >= FEWEST else question
