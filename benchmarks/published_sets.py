"""What results/published holds: the sets, the result files of others that answer them, and their sources.

Part of benchmarks/published.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from public_logs import LOGS, Log

APACHE = "https://www.apache.org/licenses/LICENSE-2.0"


@dataclass(frozen=True)
class Source:
    """A repository whose result files are scored, and what its files leave open."""

    key: str
    name: str
    link: str
    commit: str
    date: str
    """Of that commit; when the models were asked is not in the files."""
    license: str
    license_link: str
    license_file: str
    """Below LOGS; copied beside the replies."""
    holder: str
    unknown: str
    """What is not known of how the models were asked."""
    apart: bool = False
    """True if its license asks for a folder of its own."""


MAI_UI = Source(
    "MAI-UI",
    "MAI-UI",
    "https://github.com/Tongyi-MAI/MAI-UI",
    "4dd07b9e910a294f001452e888514d912b96cc41",
    "2026-01-30",
    "Apache-2.0",
    APACHE,
    "mai_ui_results/LICENSE",
    "the MAI-UI authors",
    "when the models were asked, sampling (its server code sets temperature 0, its local code 0 or 0.01), "
    "pictures as sent, time and cost",
)
DIMO_GUI = Source(
    "DiMo-GUI",
    "DiMo-GUI",
    "https://github.com/vivo/DiMo-GUI",
    "ebcdda5c2ff6aab54834bb6f88354e1b22e2c019",
    "2025-07-02",
    "Apache-2.0",
    APACHE,
    "dimo_gui_results/LICENSE",
    "vivo",
    "when the models were asked, sampling, the prompts and crops of all steps (only the last reply is kept, "
    "which is about a crop), time and cost",
)
OMNIPARSER = Source(
    "OmniParser",
    "OmniParser",
    "https://github.com/microsoft/OmniParser",
    "354021201345a96178360b28733573e27269f2de",
    "2026-07-19",
    "CC-BY-4.0",
    "https://creativecommons.org/licenses/by/4.0/",
    "omniparser_sspro_gpt4o/LICENSE",
    "Microsoft",
    "when the model was asked, which GPT-4o, sampling, prompt, the boxes among which it chose, time and cost",
    apart=True,
)
SCREENAGENT_DATA = Source(
    "ScreenAgent",
    "ScreenAgent",
    "https://github.com/niuzaisheng/ScreenAgent",
    "2312c852908dda5fbc43d903fad5929a9dec649d",
    "2024-11-25",
    "Apache-2.0, of its data set",
    APACHE,
    "screenagent_linux/LICENSE",
    "R.L. Niu",
    "which GPT-4V, sampling, the prompt but for the example that answers repeat, time and cost",
)
SOURCES = (MAI_UI, DIMO_GUI, OMNIPARSER, SCREENAGENT_DATA)
_BY_FOLDER = {
    "mai_ui_results": MAI_UI,
    "dimo_gui_results": DIMO_GUI,
    "omniparser_sspro_gpt4o": OMNIPARSER,
    "screenagent_linux": SCREENAGENT_DATA,
}


@dataclass(frozen=True)
class Published:
    """One suite with the result files that answer it."""

    name: str
    title: str
    imported: tuple[str, str]
    """Format and source of `pointbench import`, below LOGS."""
    logs: tuple[Log, ...]
    remarks: str = ""
    words: tuple[str, ...] = ("--profile", "mai-ui")
    """Further words of `pointbench score`."""


def _logs_of(*files: str) -> tuple[Log, ...]:
    by_file = {log.file: log for log in LOGS}
    return tuple(by_file[file] for file in files)


_LOCAL, _SERVER = "mai_ui_results/output_local", "mai_ui_results/output_server"
V2 = "dimo_gui_results/v2/osatlas-7b-dimo-3-0.05.json"
SUITES = (
    Published(
        "screenspot-pro",
        "ScreenSpot-Pro",
        ("screenspot-pro", "mai_ui_annotations/ScreenSpot_Pro_data"),
        _logs_of(
            f"{_SERVER}/SSPro.jsonl",
            f"{_LOCAL}/SSPro.json",
            "dimo_gui_results/pro/osatlas-7b-dimo-5-0.05.json",
            "dimo_gui_results/pro/ugroundv1-dimo-5-0.05.json",
            "omniparser_sspro_gpt4o/logs_sspro_omniv2.json",
            "dimo_gui_results/pro/uground-dimo-5-0.05.json",
            "dimo_gui_results/pro/osatlas-4b-dimo-5-0.05.json",
        ),
    ),
    Published(
        "screenspot-v2",
        "ScreenSpot-v2, MAI-UI's copy",
        ("mai-ui", "mai_ui_annotations/ScreenSpot_V2_data"),
        _logs_of(f"{_LOCAL}/SSV2.json", f"{_SERVER}/SSV2.jsonl"),
    ),
    Published(
        "screenspot-v2-dimo",
        "ScreenSpot-v2, DiMo-GUI's copy",
        ("screenspot-pro-results", V2),
        _logs_of("dimo_gui_results/v2/ugroundv1-dimo-1-0.05.json", V2),
        "15 of its boxes are not those of MAI-UI's copy, so the two are not one set.",
    ),
    Published(
        "osworld-g",
        "OSWorld-G",
        ("mai-ui", "mai_ui_annotations/OS_G_data"),
        _logs_of(f"{_SERVER}/OS_G.jsonl", f"{_LOCAL}/OS_G.json"),
        "Hits are over the present targets. Polygons that MAI-UI's converter damaged are restored, as "
        "docs/public-logs.md tells.",
    ),
    Published(
        "osworld-g-refined",
        "OSWorld-G refined",
        ("mai-ui", "mai_ui_annotations/OS_G_Refine_data"),
        _logs_of(f"{_SERVER}/OS_G_Refine.jsonl", f"{_LOCAL}/OS_G_Refine.json"),
        "One target has a blank wording and is left out. Polygons as in OSWorld-G.",
    ),
    Published(
        "mmbench-gui-l2",
        "MMBench-GUI L2",
        ("mai-ui", "mai_ui_annotations/MMbench_data"),
        _logs_of(f"{_SERVER}/MMBench.jsonl"),
        "Every wording is a target of its own: 3594 in all.",
    ),
    Published(
        "screenagent",
        "ScreenAgent, 150 steps",
        ("screenagent", "screenagent_linux"),
        (
            Log(
                "screenagent_linux/steps.jsonl",
                "GPT-4V",
                "screenagent",
                "screenagent",
                "screenagent_linux",
                answer="text",
                joined="row",
            ),
        ),
        "A hit is within 20 px to each side of a human's correction. 56 answers repeat the example of "
        "their prompt.",
        ("--profile", "screenagent"),
    ),
)


def source_of(log: Log) -> Source:
    return _BY_FOLDER[log.file.partition("/")[0]]


def label_of(log: Log) -> str:
    """The model's label; of one model served twice, with which."""
    for folder, how in ((_SERVER, "server"), (_LOCAL, "local")):
        if log.file.startswith(folder):
            return f"{log.model} ({how})"
    return log.model


def path_of(log: Log) -> str:
    """The file's path in its own repository."""
    prefixes = {
        "mai_ui_results/": "evaluation/grounding/",
        "dimo_gui_results/": "results/",
        "omniparser_sspro_gpt4o/": "eval/",
        "screenagent_linux/steps.jsonl": "data/ScreenAgent/train (150 steps)",
    }
    for prefix, own in prefixes.items():
        if log.file.startswith(prefix):
            return own + log.file.removeprefix(prefix)
    raise ValueError(log.file)
