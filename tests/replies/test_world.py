"""Replies of the field's models in other people's logs and papers: a text, its format, its meaning.

The shapes are those of public result files, model cards and harnesses; the numbers are ours.
"""

from __future__ import annotations

import pytest

from pointbench.replies import parse

P = (512, 300)
"""The point of nearly all of them; of boxes the center."""

SHAPES = [
    # OpenAI: prose, fences, LaTeX, computer tool
    ("gpt-4o-fence", "json-point", '```json\n{"x": 512, "y": 300}\n```'),
    ("gpt-4o-prose", "any", "The coordinates are approximately **(512, 300)**."),
    ("gpt-4o-latex", "any", r"The center is at \( (512, 300) \)."),
    ("gpt-4o-boxed", "any", r"\boxed{(512, 300)}"),
    ("gpt-4o-bullets", "any", "- **X**: 512\n- **Y**: 300"),
    ("gpt-4o-bold-keys", "any", "**x:** 512, **y:** 300"),
    ("gpt-4o-pixels", "any", "Click at x = 512 px and y = 300 px."),
    ("gpt-4o-code", "any", "```python\npyautogui.click(512, 300)\n```"),
    ("gpt-trailing-comma", "json-point", '{"x": 512, "y": 300,}'),
    ("gpt-comment", "json-point", '{"x": 512, // from the left\n "y": 300}'),
    ("openai-call", "tool-call", '{"type":"computer_call","action":{"type":"click","x":512,"y":300}}'),
    ("openai-function", "tool-call",
     '{"name": "click", "arguments": "{\\"x\\": 512, \\"y\\": 300}"}'),
    # Anthropic
    ("claude-tool", "tool-call",
     '{"type":"tool_use","name":"computer","input":{"action":"left_click","coordinate":[512,300]}}'),
    ("claude-tool-text", "tool-call",
     'I will click it.\n{"action": "left_click", "coordinate": [512, 300]}'),
    ("claude-coordinate-string", "tool-call", '{"action": "left_click", "coordinate": "[512, 300]"}'),
    ("claude-xml", "any",
     '<invoke name="computer"><parameter name="action">left_click</parameter>'
     '<parameter name="coordinate">[512, 300]</parameter></invoke>'),
    ("claude-plain", "any", "Looking at the screenshot, I can see the icon.\n\n(512, 300)"),
    ("claude-x-y", "any", "X: 512, Y: 300"),
    # Google: order yx if numbers have no names
    ("gemini-computer", "tool-call", '{"name": "click_at", "args": {"x": 512, "y": 300}}'),
    ("gemini-call", "any", "click_at(x=512, y=300)"),
    # Qwen
    ("qwen2-vl", "box-tokens",
     "<|object_ref_start|>save<|object_ref_end|><|box_start|>(502,290),(522,310)<|box_end|>"),
    ("qwen2.5-vl-json", "json-point",
     '```json\n[\n\t{"bbox_2d": [502, 290, 522, 310], "label": "save"}\n]\n```'),
    ("qwen2.5-vl-point", "json-point", '{"point_2d": [512, 300], "label": "save"}'),
    ("qwen2.5-vl-xml", "any", '<points x1="512" y1="300" alt="save">save</points>'),
    ("qwen3-vl-tool", "qwen-tool",
     'Action: Click it.\n<tool_call>\n{"name": "computer_use", "arguments": {"action": '
     '"left_click", "coordinate": [512, 300]}}\n</tool_call>'),
    ("qwen3-vl-lost-bracket", "qwen-tool",
     '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", '
     '"coordinate": [512, 300]}\n</tool_call>'),
    ("qwen-stray-bracket", "qwen-tool",
     '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", '
     '"coordinate": [512, 300]}}}\n</tool_call>'),
    ("qwen3.5-xml", "qwen-tool",
     "<tool_call>\n<function=computer_use>\n<parameter=action>\nleft_click\n</parameter>\n"
     "<parameter=coordinate>\n[512, 300]\n</parameter>\n</function>\n</tool_call>"),
    ("fara", "qwen-tool",
     'I will click.\n<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", '
     '"coordinate": [512, 300], "thought": "at (1, 2)"}}\n</tool_call>'),
    ("mobile-agent", "qwen-tool",
     'Thought: it\'s there\nAction: "tap"\n<tool_call>\n{"name": "mobile_use", "arguments": '
     '{"action": "click", "coordinate": [512, 300]}}\n</tool_call>'),
    # UI-TARS and kin
    ("ui-tars-1", "ui-tars", "Thought: It is on top.\nAction: click(start_box='(512,300)')"),
    ("ui-tars-tokens", "ui-tars", "Action: click(start_box='<|box_start|>(512,300)<|box_end|>')"),
    ("ui-tars-box", "ui-tars", "Action: click(start_box='[502, 290, 522, 310]')"),
    ("ui-tars-1.5", "ui-tars", "Action: click(point='<point>512 300</point>')"),
    ("ui-tars-double", "ui-tars", "Action: left_double(start_box='(512,300)')"),
    ("seed-think", "ui-tars",
     "<think_never_used>maybe (1,2)</think_never_used>Action: click(point='<point>512 300</point>')"),
    ("glm-4.5v-agent", "ui-tars", "Action: left_click(start_box='[512,300]', element_info='Save')"),
    ("autoglm", "any", '<think>x</think><answer>do(action="Tap", element=[512,300])</answer>'),
    # grounding models
    ("os-atlas-box", "box-tokens", "<|box_start|>(502,290),(522,310)<|box_end|><|im_end|>"),
    ("os-atlas-cut-front", "box-tokens", "502,290),(522,310)<|box_end|><|im_end|>"),
    ("os-atlas-list", "box-tokens", "['502,290),(522,310)<|box_end|><|im_end|>']"),
    ("os-atlas-4b", "box-tokens", "Refresh the file explorer.[[512,300]]"),
    ("os-atlas-4b-space", "box-tokens", 'Open "apps" folder[[512, 300]]'),
    ("os-atlas-pro", "point-tag",
     "thoughts:\nI click (1, 2).\nactions:\nCLICK <point>[[512, 300]]</point>"),
    ("uground", "tuple", "(512, 300)<|im_end|>"),
    ("aguvis", "pyautogui", "assistantos\npyautogui.click(x=512, y=300)"),
    ("aguvis-recipient", "pyautogui", "<|recipient|>os\npyautogui.click(x=512, y=300)<|diff_marker|>"),
    ("showui", "tuple", "[512, 300]"),
    ("showui-dict", "json-point", "{'action': 'CLICK', 'value': None, 'position': [512, 300]}"),
    ("seeclick-tuple-in-dict", "any", '{"action_type": 4, "click_point": (512,300)}'),
    ("cogagent", "box-tokens",
     "Status: Currently in [[0, 2, 998, 905]]\nPlan: 1. ...\nAction: Click 'Save'.\nGrounded "
     "Operation: CLICK(box=[[502,290,522,310]], element_type='Button', element_info='Save')\n"
     "<<一般操作>>"),
    ("cogagent-1", "box-tokens", "Action: Touch the cell. Grounded Operation: tap [[512,300]]"),
    ("internvl", "box-tokens", "<ref>save</ref><box>[[502, 290, 522, 310]]</box>"),
    ("deepseek-vl2", "box-tokens",
     "<|ref|>save<|/ref|><|det|>[[502, 290, 522, 310]]<|/det|><｜end▁of▁sentence｜>"),
    ("glm-4.1v", "box-tokens",
     "<think>at [1, 2, 3, 4]</think>It is <|begin_of_box|>[502, 290, 522, 310]<|end_of_box|>."),
    ("glm-nested", "box-tokens", "<|begin_of_box|>[[502,290,522,310]]<|end_of_box|>"),
    ("minicpm", "box-tokens", "<ref>save</ref><box>502 290 522 310</box>"),
    ("agentcpm", "json-point", '{"thought":"tap it","POINT":[512,300],"to":"up"}'),
    ("holo-1", "pyautogui", "Click(512, 300)"),
    ("holo-2", "json-point", '<think>hm</think>{"x": 512, "y": 300}'),
    ("holo-action", "json-point", '{"action": "click_absolute", "x": 512, "y": 300}'),
    ("jedi", "qwen-tool",
     '<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": '
     "[512, 300]}}"),
    ("gta1", "tuple", "(512,300)"),
    ("ui-venus", "tuple", "[512,300]"),
    ("ui-venus-box", "box-tokens", "[502,290,522,310]"),
    ("ui-venus-nav", "ui-tars",
     "<think>t</think><action>Click(box=(512, 300))</action><conclusion>c</conclusion>"),
    ("opencua", "pyautogui",
     "# Step 1\n## Action:\nClick 'Save'.\n\n## Code:\n```python\npyautogui.click(x=512, y=300)\n```"),
    ("opencua-triple", "pyautogui", "```code\ncomputer.triple_click(x=512, y=300)\n```"),
    ("opencua-double", "pyautogui", "pyautogui.doubleClick(512, 300)"),
    ("opencua-button", "pyautogui", "pyautogui.click(x=512, y=300, button='right')"),
    ("opencua-move-then-click", "pyautogui", "pyautogui.moveTo(512, 300)\npyautogui.click()"),
    ("kimi-vl", "pyautogui",
     "◁think▷pyautogui.click(x=0.1, y=0.2)◁/think▷## Code:\n```python\n"
     "pyautogui.click(x=512, y=300)\n```"),
    ("scalecua", "pyautogui",
     "<operation>\nClick\n</operation>\n<action>\nclick(x=512, y=300)\n</action>"),
    ("smolvlm2", "pyautogui", "<think>\nLook.\n</think>\n<code>\nclick(x=512, y=300)\n</code>"),
    ("step-gui", "any",
     "<THINK>(1,2)</THINK>\nexplain:tap it\taction:CLICK\tpoint:512,300\tsummary:tapped"),
    ("magma", "any",
     '{"ACTION": "CLICK", "MARK": 9, "VALUE": "None", "COORDINATE": "(512, 300)"}'),
    ("ferret-ui", "box-tokens", "The button is [502, 290, 522, 310]."),
    ("phi-ground", "point-tag", "<point>512, 300</point>"),
    ("moondream-chat", "moondream", '{"points": [{"x": 512, "y": 300}]}'),
    ("moondream-objects", "moondream",
     '{"objects": [{"x_min": 502, "y_min": 290, "x_max": 522, "y_max": 310}]}'),
    ("molmo", "molmo", ' <point x="512" y="300" alt="the button">the button</point>'),
    ("molmo2", "molmo2", '<points coords="1 1 512 300">the button</points>'),
    ("nova-act", "point-tag", "<click>512, 300</click>"),
    ("llama-4", "any", "The element is located at coordinates: [512, 300]."),
    ("grok", "any", '{"coordinates": {"x": 512, "y": 300}}'),
    ("mistral", "json-point", '{"click": {"x": 512, "y": 300}, "confidence": 0.9}'),
    ("nested-result", "json-point", '{"result": {"target": {"center": {"x": 512, "y": 300}}}}'),
    # reinforcement-learned grounders: an answer tag with Python in it
    ("gui-r1", "json-point",
     "<think>t</think><answer>[{'action': 'click', 'point': [512, 300], 'input_text': 'no input "
     "text'}]</answer>"),
    ("ui-r1", "json-point", "<answer>[{'action': 'click', 'coordinate': [512, 300]}]</answer>"),
    ("se-gui", "json-point", "<think>x</think>\n<answer>[512, 300]</answer>"),
    ("mai-ui", "json-point",
     '<grounding_think>\nat [1, 2]\n</grounding_think>\n<answer>\n{"coordinate":[512,300]}\n</answer>'),
    ("infigui", "json-point", '<think>t</think>\n```json\n[{"point_2d": [512, 300], "label": "s"}]\n```'),
    ("two-fences", "json-point",
     '```json\n{"x": 1, "y": 2}\n```\nNo:\n```json\n{"x": 512, "y": 300}\n```'),
    ("broken-click", "json-point", '{"action":"click","x":512,300}'),
    ("quoted-numbers", "json-point", '{"x": "512", "y": "300"}'),
    ("python-tuple", "json-point", '{"point": (512, 300)}'),
    ("smart-quotes", "json-point", "{“x”: 512, “y”: 300}"),
    ("unclosed-fence", "json-point", '```json\n{"x": 512, "y": 300}'),
    ("stop-word-lost", "point-tag", "<point>512 300"),
    ("stray-end-token", "any", "(512, 300)</s>"),
    ("two-corners", "json-point", '{"top_left": [502, 290], "bottom_right": [522, 310]}'),
    ("two-corners-by-name", "json-point",
     '{"bounding_box": {"top_left": {"x": 502, "y": 290}, "bottom_right": {"x": 522, "y": 310}}}'),
    ("corners-in-lists", "box-tokens", "[[502,290],[522,310]]"),
    ("left-top-width-height", "json-point",
     '{"bounding_box": {"left": 502, "top": 290, "width": 20, "height": 20}}'),
    ("camel-case", "json-point", '{"clickX": 512, "clickY": 300}'),
    ("camel-case-names", "json-point", '{"xCoordinate": 512, "yCoordinate": 300}'),
    ("prefilled", "json-point", '"x": 512, "y": 300}'),
    ("tags-in-json", "json-point", '{"point": "<point>512 300</point>"}'),
    ("tags-of-axes", "any", "<x>512</x>\n<y>300</y>"),
    ("prose", "any", "I'd click at 512, 300."),
    ("position-tag", "any", "<position>512,300</position>"),
    ("points-tag", "any", "<points>512, 300</points>"),
    ("seed-tool", "tool-call",
     "<seed:tool_call><function=click><parameter=point><point>512 300</point></parameter>"
     "</function></seed:tool_call>"),
    ("glm-arguments", "any",
     "<tool_call>computer_use\n<arg_key>action</arg_key>\n<arg_value>left_click</arg_value>\n"
     "<arg_key>coordinate</arg_key>\n<arg_value>[512, 300]</arg_value>\n</tool_call>"),
    ("kimi-k2-tool", "any",
     '<|tool_calls_section_begin|><|tool_call_begin|>functions.click:0'
     '<|tool_call_argument_begin|>{"x": 512, "y": 300}<|tool_call_end|>'),
    ("arguments-as-text", "json-point", '{"response": "{\\"x\\": 512, \\"y\\": 300}"}'),
    ("size-beside-it", "json-point", '{"image_size": [1920, 1080], "point": [512, 300]}'),
    ("missing-comma", "json-point", '```json\n{\n  "x": 512\n  "y": 300\n}\n```'),
    ("chinese-prose", "any", "点击坐标：（512，300）。"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("format", "text"), [row[1:] for row in SHAPES], ids=[row[0] for row in SHAPES]
)
def test_the_point_meant(format: str, text: str) -> None:
    parsed = parse(text, format)
    assert parsed.status == "point", parsed
    assert parsed.point_in_frame == pytest.approx(P)


NO_POINT = [
    ("omniparser", "any", "{'Analysis': 'It is box 12.', 'Click BBox ID': 12}", "unparsed"),
    ("gui-actor", "pyautogui",
     "pyautogui.click(<|pointer_start|><|pointer_pad|><|pointer_end|>)", "unparsed"),
    ("autoglm-type", "ui-tars", 'do(action="Type", text="(512, 300)")', "unparsed"),
    ("qwen-phone-key", "qwen-tool",
     '<tool_call>{"name": "mobile_use", "arguments": {"action": "key", "text": "menu"}}</tool_call>',
     "unparsed"),
    ("qwen-terminate", "qwen-tool",
     '<tool_call>{"name": "computer_use", "arguments": {"action": "terminate", "status": '
     '"failure"}}</tool_call>', "declined"),
    ("endless-repetition", "box-tokens", "<|box_start|>(" + "512," * 500, "unparsed"),
    ("screenagent-template", "any",
     '[{"action_type":"MouseAction","mouse_position":{"width":int,"height":int}}]', "unparsed"),
    ("server-error", "any", "Error code: 429 - {'error': {'message': 'Rate limit reached'}}", "unparsed"),
    ("empty-list", "json-point", "```json\n[]\n```", "declined"),
    ("empty-points", "moondream", '{"points": []}', "declined"),
    ("null-box", "json-point", '{"bbox_2d": null}', "declined"),
    ("molmo-refusal", "molmo", " This isn't in the image.", "declined"),
    ("claude-refusal", "any",
     "I don't see a Slack icon in this screenshot. The desktop shows only Firefox.", "declined"),
    ("gpt-refusal", "any", "I'm sorry, I can't assist with that request.", "declined"),
    ("gemini-none", "gemini", "[]", "declined"),
    ("infeasible", "ui-tars", "Action: call_user()", "declined"),
    ("nan-list", "json-point", '{"point": [NaN, NaN]}', "unparsed"),
    ("inf", "tuple", "(inf, 300)", "unparsed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("format", "text", "status"), [row[1:] for row in NO_POINT], ids=[row[0] for row in NO_POINT]
)
def test_what_holds_no_point_is_declined_or_unparsed(format: str, text: str, status: str) -> None:
    assert parse(text, format).status == status


@pytest.mark.parametrize(
    ("format", "text", "status"),
    [
        ("json-point", '{"point": [512, 30', "unparsed"),
        ("json-point", '{"x": 512, "y": 30', "unparsed"),
        ("json-point", '[{"point": [512, 300], "label": "a long', "point"),
        ("tuple", "(512, 30", "unparsed"),
        ("tuple", "(512, 300) is where the", "point"),
        ("ui-tars", "Action: click(start_box='(512,30", "unparsed"),
        ("box-tokens", "<|box_start|>(502,290),(52", "unparsed"),
        ("molmo", ' <point x="512" y="30', "unparsed"),
        ("qwen-tool", '<tool_call>{"name": "computer_use", "arguments": {"act', "unparsed"),
        ("any", "<think>The icon is near (512, 300), so", "unparsed"),
        ("any", "I cannot find it in the upper part, but", "unparsed"),
        ("json-point", '{"points": [', "unparsed"),
        ("json-point", "[]", "unparsed"),
    ],
)
@pytest.mark.parametrize("finish_reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_cut_off_at_the_limit_only_a_whole_point_counts(
    format: str, text: str, status: str, finish_reason: str
) -> None:
    assert parse(text, format, finish_reason=finish_reason).status == status


def test_gemini_names_no_axes() -> None:
    for text in ('[{"point": [300, 512], "label": "a"}]', '[{"box_2d": [290, 502, 310, 522]}]',
                 '```json\n[\n  {"box_2d": [290, 502, 310, 522], "label": "save"}\n]\n```',
                 '{"box_2d": [290, 502, 310, 522], "mask": "data:image/png;base64,iVB"}'):  # fmt: skip
        parsed = parse(text, "gemini", "yx")
        assert parsed.point_in_frame == pytest.approx(P)
