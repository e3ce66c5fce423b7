"""Recognizes refusals in words: there is nothing to click. Used only if no point was found."""

from __future__ import annotations

import re

_SEEN = (
    "exist|appear|see|find|found|present|visible|available|shown|displayed|"
    "in (?:the|this)|on (?:the|this)|t?here"
)
_DONE = (
    "help|assist|find|see|locate|identify|determine|provide|click|comply|detect|fulfil+|do|view|"
    "perform|answer|give|point|continue|recogni[sz]e|pinpoint|access|complete"
)
_PICTURE = "image|screenshot|screen|picture|interface|page|window|desktop|ui"
_NOT = r"(?:\b(?:does|do|did|is|are|was|were)(?: not|n't))"

_ENGLISH = (
    r"\bnot (?:be )?(?:\w+ )?(?:found|exist(?:ent|s|ing)?|present|visible|available|seen|located)\b",
    rf"{_NOT} (?:\w+ ){{0,3}}?(?:{_SEEN})\b",
    rf"\b(?:{_PICTURE}) {_NOT} (?:\w+ ){{0,2}}?(?:contain|have|show|include|display)",
    r"\b(?:can(?:not| not|'t)|could(?: not|n't)|unable to|won't|will not)"
    rf" (?:\w+ ){{0,3}}?(?:{_DONE})\b",
    r"\bthere(?: (?:is|are|was|were|seems to be|appears to be)|'s) (?:no|none|nothing)\b"
    r"(?! (?:doubt|ambiguity|need|issue|problem))",
    r"\bno (?:such|matching|visible|corresponding|relevant) \w+",
    r"\bno (?:target|match(?:es)?|element|object|icon|button)s? (?:(?:was|were|is|are) )?"
    r"(?:found|present|visible|exists?|matche?s?|detected)",
    r"\btarget not exist|\binfeasible\b|\bnon-?existent\b",
    r"\bi(?:'m| am) (?:so |very )?(?:sorry|afraid|unable|not able)\b",
    r"\bi (?:must )?(?:decline|refuse)\b",
    r"```\w{0,10}\s{0,3}fail\s{0,3}```\s{0,3}\Z",
)
_OTHERS = (
    r"找不到|未找到|没找到|没有找到|没有发现|未发现|不存在|看不到|看不见|不可见|未显示|没有显示|没有这个|没有该",
    r"无法(?:找到|定位|识别|确定|看到|点击|提供|完成|协助|帮助)|抱歉|对不起|沒有找到|無法",
    r"見つかりません|見つからな|見当たりません|存在しません|存在しない|表示されていません|申し訳",
    r"찾을 수 없|존재하지 않|보이지 않|찾지 못|죄송",
    r"\bnicht (?:\w+ )?(?:gefunden|vorhanden|sichtbar|zu sehen|finden|sehen|erkennen)\b",
    r"\bexistiert nicht\b|\b(?:gibt es|es gibt) kein",
    r"\bintrouvable\b|\bn'existe pas\b|\bn'(?:est|apparaît) pas\b|\bpas (?:trouvé|visible)",
    r"\bje ne (?:peux|vois|trouve) pas\b|\bil n'y a (?:pas|aucun)",
    r"\bno (?:se )?(?:encuentra|encuentro|encontr\w+|existe|aparece|hay|está|puedo|veo)\b",
    r"\bnon (?:trovat|esiste|è (?:presente|visibile)|c'è|posso|vedo|trovo)",
    r"\bnão (?:foi |é )?(?:encontr|existe|está|há|posso|consigo|vejo|visível)",
    r"не (?:найден|существует|виден|видно|обнаружен|могу|вижу)|отсутствует",
)
_WORDING = re.compile("|".join(_ENGLISH + _OTHERS), re.IGNORECASE)

_BARE_WORDS = (
    "none null nil n/a na nothing absent unknown undefined no refuse refused fail 无 没有 無 "
    "なし 없음 нет nein kein aucun aucune ninguno nessuno [] [[]] {} () "
    "(none,none) [none,none] (null,null) [null,null] therearenone notapplicable fail() infeasible()"
)
_WHOLE_ANSWERS = frozenset(_BARE_WORDS.split())
"""Texts that decline if they are the whole answer, without their spaces."""
_NULL_VALUE = re.compile(
    r"[:=]\s?(?:[\"\[]?(?:none|null|n/a)\b|\[\s?\]|\{\s?\})"
    r"|\"(?:found|exists|visible|present)\"\s?:\s?false",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"[\"'](?:arguments|args|params|parameters|input|content|text|value|keys?|button|modifiers?"
    r"|safety_decision|thought|reasoning)[\"']\s?:\s?"
    r"(?:(?:null|none)\b|\{\s?\}|\[\s?\]|\"(?:none|null)?\"|'(?:none|null)?')",
    re.IGNORECASE,
)
"""Fields of a call that hold nothing, which says nothing about its target."""
_TOKENS = re.compile(r"<[|/]?\w{1,32}\|?>")
_WRAPPING = " \t\r\n.,;:!*_`\"'。"
_SEARCHED = 4000


def declines(text: str) -> bool:
    """True if an answer without a point states in words that there is no point to give."""
    words = text.strip().replace("’", "'")
    if len(words) > _SEARCHED:
        # A refusal is at the start or the end of a long answer.
        words = words[: _SEARCHED // 2] + " … " + words[-_SEARCHED // 2 :]
    if not words:
        return False
    if words[0] == "<":
        words = _TOKENS.sub(" ", words).strip()
    bare = words.strip(_WRAPPING).removeprefix("json").strip(_WRAPPING).lower()
    if "".join(bare.split()) in _WHOLE_ANSWERS:
        return True
    return bool(_NULL_VALUE.search(_BESIDE.sub("", words)) or _WORDING.search(words))
