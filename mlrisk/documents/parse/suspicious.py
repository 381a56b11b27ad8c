"""Text that speaks to a language model instead of to a reader."""

from __future__ import annotations

import base64
import binascii
import re

from mlrisk.documents.sentences import spans

_RULES = r"(prompts?|instructions?|rules|guidelines|directions|commands|orders|context|messages?)"
_MODEL = r"(ai|a\.i\.|assistant|chat ?bot|language model|llm|gpt|claude|model|agent|dan)"
_SPEAKER = r"(system|assistant|user|human|developer|ai)"
_FENCE = (
    r"(system|assistant|user|im_start|im_end|endoftext|instructions?|inst|sys|eot_id|"
    r"begin_of_text|start_header_id|passages?|documents?|context|tool\w*|function\w*)"
)

_PATTERNS = (
    # Take back what was said before.
    rf"\b(ignor|disregard|forget|overrid|bypass|discard|neglect)\w*\W+(\w+\W+){{0,5}}?{_RULES}\b",
    (
        r"\b(forget|ignore|disregard) (everything|anything|all|what)\b.{0,40}"
        r"\b(above|before|told|said|previous\w*|prior)\b"
    ),
    (
        r"\b(new|updated|revised|real|actual|following|hidden|secret) "
        rf"{_RULES}( for (you|the (model|assistant|ai)))?\s*[:\uff1a]"
    ),
    # Give a role.
    rf"\byou are (now )?(an? |the )?(\w+ ){{0,3}}{_MODEL}\b",
    r"\b(as|to) an? (ai|artificial intelligence)( language)? (model|assistant|agent|system)\b",
    (
        r"\b(act|behave|respond|answer|speak|pretend|roleplay)\w* (as( if)?|like|to be) "
        r"(you|an?|the) (\w+ )?(ai|assistant|pirate|expert|hacker|system|model|administrator|"
        r"developer|dan)\b"
    ),
    r"\bfrom now on\W+(you|your|always|only|answer|respond|reply)\b",
    # Name the machinery.
    r"\b(system|developer|hidden|initial|original) prompts?\b|\bprompt injection\b|\bjailbreak",
    (
        r"\b(attention|note|message|instructions?|dear|hey|hello)\W+(to |for |all )?(the )?"
        r"(ai|llm|language model|assistant|chat ?bot)s?\b"
    ),
    (
        r"\b(ai|llm|language) (model|assistant|agent|system)s?\b.{0,40}"
        r"\b(must|should|shall|has to|have to|please)\b"
    ),
    r"\bassistants? (must|should|shall|will now|has to|reading this)\b",
    r"\b(call|invoke|execute|run|use) the (\w+ )?(tool|function|api|command|shell|code)\b",
    (
        r"\b(send|post|upload|leak|exfiltrat\w+|forward|e-?mail) "
        r"(it|this|that|all|the|your|every\w*|any\w*)\b.{0,60}"
        r"\b(api[- ]keys?|passwords?|credentials|secrets?|prediction row|https?://)"
    ),
    # Order an answer.
    (
        r"^\W*(please )?(answer|respond|reply|output|print|say|repeat|write|return|state|tell|"
        r"conclude|recommend)\b.{0,60}\b(the user|this question|every question|all questions|"
        r"any question|instead|verbatim|exactly|only with|the following)\b"
    ),
    (
        r"\b(do not|don't|never) (cite|quote|mention|reveal|tell|answer|use|trust|disclose)\b"
        r".{0,60}\b(source|passage|document|citation|user|question|context|prompt|instruction|"
        r"anyone|above|other)s?\b"
    ),
    r"\b(tell|inform|convince|assure|mislead|instruct) the (user|reader|human|analyst|client)\b",
    (
        r"\b(your|the) (answer|response|reply|output|summary|brief) (must|should|shall|has to|"
        r"will|is to) (be|say|state|contain|include|begin|end|read|start)\b"
    ),
    (
        r"\bwhen (asked|answering|summari[sz]ing|responding|you (answer|respond|summari[sz]e|cite|"
        r"read))\b.{0,80}\b(say|answer|respond|reply|state|cite|include|write|output|always|never|"
        r"only|must)\b"
    ),
    r"\b(cite|quote|use|trust) (only )?this (document|passage|text|source|page)\b",
    # Marks of a conversation, of a prompt's parts, of a call.
    rf"^\W{{0,3}}{_SPEAKER}\s*[:\uff1a>]",
    rf"<\|?/?\s*{_FENCE}\b[^>]{{0,60}}>",
    r"\[/?\s*(inst|system|sys|assistant|user)\s*\]|<</?sys>>",
    r"^#{2,}\s*(system|instructions?|assistant|response|human|prompt)\b:?\s*$",
    r"^\W*(begin|end) (of )?(system|prompt|instructions?|context|passages?|document)\b",
    r"^\W*(passages?|documents?|context|prompt|question) (ends?|begins?)\b",
    r"\"role\"\s*:\s*\"(system|assistant|user|tool)\"|\b(tool_call|function_call)\b",
    # "Ignore the instructions" in other languages.
    (
        r"\b(ignor(e[rz]?|a|iere\w*|ieren|ar)|olvida|oublie[rz]?|vergiss|vergessen|negeer|ignori|"
        r"dimentica|esque[cç]a)\b.{0,50}\b(instruc\w*|instru[cç]\w*|anweisung\w*|istruzion\w*|"
        r"instructies|consignes?|r[eè]gles?|regeln|reglas|regole)\b"
    ),
    r"(игнориру|забудь).{0,60}(инструкц|указани)",
    r"忽略.{0,20}(指令|指示|说明|提示)|(指示|命令|指令).{0,12}無視|지시.{0,12}무시|무시.{0,12}지시",
    r"تجاهل.{0,30}(تعليمات|التعليمات)",
)

_NEEDED = (
    *("ignor", "disregard", "forget", "overrid", "bypass", "discard", "neglect", "prompt"),
    *("instruct", "rules", "guideline", "directions", "commands", "orders", "context", "message"),
    *("you", "assistant", "ai ", "ai:", "llm", "language model", "artificial", "chatbot"),
    *("chat bot", "from now on", "jailbreak", "user", "reader", "answer", "respond", "response"),
    *("reply", "cite", "quote", "trust", "document", "passage", "tool", "function", " api"),
    *("command", "shell", "code", "password", "secret", "credential", "prediction row", "http"),
    *("system", "human", "developer", "analyst", "client", "output", "summary", "brief", "when "),
    *("<", "[", "#", "role", "ai>", "ai\uff1a", "verbatim", "exactly", "instead", "question"),
    *("the following", "prior", "above", "told", "said", "expert", "pirate", "hacker", "model"),
    *("olvida", "oublie", "vergiss", "vergess", "negeer", "dimentica", "esque", "инструкц"),
    *("указани", "忽略", "無視", "무시", "تجاهل"),
)
"""In lower case: no pattern matches a sentence without one of these, and looking for them first is
several times faster."""

_INSTRUCTION = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")


def is_instruction(sentence: str) -> bool:
    """Whether a sentence addresses a language model: an order, a role, a mark of a conversation.

    Patterns of known injections (Greshake et al. 2023, "Not what you've signed up for", section 3;
    OWASP LLM01) in English and a few other languages, and the same behind Base64. They say what is
    never quoted; they are no proof that the rest is harmless, and nothing may rest on them alone.
    """
    return _matches(sentence) or any(map(_matches, map(_decoded, _ENCODED.findall(sentence))))


def _matches(text: str) -> bool:
    lowered = text.lower()
    return any(map(lowered.__contains__, _NEEDED)) and bool(_INSTRUCTION.search(text))


def _decoded(run: str) -> str:
    try:
        text = base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return text if text.isprintable() else ""


def speaks_to_models(text: str) -> bool:
    """Whether a sentence of a text is addressed to a language model."""
    return any(is_instruction(text[start:end]) for start, end in spans(text))
