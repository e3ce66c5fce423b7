"""A gate as JUnit XML, which CI servers show: one test, passed, failed, or in error while undecided. Pure."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from pointbench.engine.gate.result import GateResult
from pointbench.report.plain_text import visible
from pointbench.report.text.gate import evidence_sentence, notes, verdict_sentence

HOST = "localhost"
"""The schema wants a host's name, and no file of pointbench has the real one."""


def render(result: GateResult, started_at: str, seconds: float) -> str:
    """The document, valid against the schemas of Ant and of Jenkins.

    ``started_at`` is in UTC, ``2026-11-22T10:00:00``. Labels may hold any character, also those that no
    XML document can: they are escaped.
    """
    failed, open_ = result.verdict == "fail", result.verdict == "undecided"
    against = result.gate.against
    name = f"{result.model} against {against.run}" if against else result.model
    sentence = verdict_sentence(result)
    lines = [evidence_sentence(result), *notes(result)]
    body = ""
    if failed or open_:
        tag, kind = ("failure", "fail") if failed else ("error", f"undecided: {result.reason}")
        text = "\n".join(map(_text, [sentence, *lines]))
        body = f"<{tag} message={_attribute(sentence)} type={_attribute(kind)}>{text}</{tag}>"
    time = f"{max(0.0, seconds):.3f}"
    counts = f'tests="1" failures="{int(failed)}" errors="{int(open_)}"'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        f'<testsuite name="pointbench gate" {counts} time="{time}" timestamp="{started_at}" '
        f'hostname="{HOST}" id="0" package="pointbench">\n'
        "<properties>\n"
        f'<property name="run" value={_attribute(result.run)}/>\n'
        f'<property name="verdict" value="{result.verdict}"/>\n'
        "</properties>\n"
        f'<testcase name={_attribute(name)} classname="pointbench.gate" time="{time}">{body}</testcase>\n'
        f"<system-out>{chr(10).join(map(_text, [sentence, *lines]))}</system-out>\n"
        "<system-err></system-err>\n"
        "</testsuite>\n"
        "</testsuites>\n"
    )


def _text(text: str) -> str:
    return escape(visible(text))


def _attribute(text: str) -> str:
    return quoteattr(visible(text))
