"""Other clients that ask the questions of `engine.py`, each written as simply as possible.

python benchmarks/engine_contestants.py WAY ROOT PORT LATENCY AT_ONCE TRIALS
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROMPT = 'Click field {number}. Answer with the point as JSON, like this: {{"x": 1, "y": 2}}'


class Work:
    """The questions left, shared by all threads."""

    def __init__(self, words: list[str]) -> None:
        root, self.port, self.latency = Path(words[0]), int(words[1]), words[2]
        self.at_once, self.trials = int(words[3]), int(words[4])
        self.pictures = sorted((root / "screenshots" / "hd").glob("*.png"))
        self.base_url = f"http://127.0.0.1:{self.port}/{self.latency}/v1"
        self._numbers = iter(range(self.trials))
        self._lock = threading.Lock()

    def numbers(self) -> Iterator[int]:
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            yield number

    def messages(self, number: int) -> list[dict[str, Any]]:
        """Messages as most people write them: the picture is read and encoded for every question."""
        data = self.pictures[number % len(self.pictures)].read_bytes()
        url = "data:image/png;base64," + base64.b64encode(data).decode()
        content = [
            {"type": "text", "text": PROMPT.format(number=number)},
            {"type": "image_url", "image_url": {"url": url}},
        ]
        return [{"role": "user", "content": content}]


def by_socket(work: Work) -> None:
    """No library at all, every body made before the first question: the fastest possible client."""
    bodies = []
    for number in range(len(work.pictures)):
        body = json.dumps({"model": "fake", "messages": work.messages(number)}).encode()
        head = (
            f"POST /{work.latency}/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        bodies.append(head.encode() + body)

    def ask() -> None:
        with socket.create_connection(("127.0.0.1", work.port)) as connection:
            for number in work.numbers():
                connection.sendall(bodies[number % len(bodies)])
                reply = connection.recv(65_536)
                json.loads(reply.partition(b"\r\n\r\n")[2])

    _in_threads(ask, work.at_once)


def by_sdk_threads(work: Work) -> None:
    """The openai client as its documentation shows it, one per thread."""
    import openai

    def ask() -> None:
        client = openai.OpenAI(base_url=work.base_url, api_key="none", max_retries=0)
        for number in work.numbers():
            messages: Any = work.messages(number)
            client.chat.completions.create(model="fake", messages=messages)

    _in_threads(ask, work.at_once)


def by_sdk_async(work: Work) -> None:
    """The asynchronous client, with a fixed number of questions at once."""
    import openai

    async def ask(client: openai.AsyncOpenAI) -> None:
        for number in work.numbers():
            messages: Any = work.messages(number)
            await client.chat.completions.create(model="fake", messages=messages)

    async def ask_all() -> None:
        client = openai.AsyncOpenAI(base_url=work.base_url, api_key="none", max_retries=0)
        await asyncio.gather(*(ask(client) for _ in range(work.at_once)))

    asyncio.run(ask_all())


def by_inspect(work: Work, *, lean: bool) -> None:
    """inspect-ai with its defaults, or with every optional feature switched off."""
    import inspect_ai
    from inspect_ai.dataset import MemoryDataset, Sample
    from inspect_ai.model import ChatMessageUser, ContentImage, ContentText, get_model
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    samples = [
        Sample(
            input=[
                ChatMessageUser(
                    content=[
                        ContentText(text=PROMPT.format(number=number)),
                        ContentImage(image=str(work.pictures[number % len(work.pictures)])),
                    ]
                )
            ],
            target="512",
        )
        for number in range(work.trials)
    ]
    task = inspect_ai.Task(dataset=MemoryDataset(samples), solver=generate(), scorer=includes())
    model = get_model("openai/fake", base_url=work.base_url, api_key="none", responses_api=False)
    spare: dict[str, Any] = {}
    if lean:
        spare = {
            "log_images": False,
            "log_samples": False,
            "log_realtime": False,
            "display": "none",
            "score": False,
        }
    inspect_ai.eval(
        task,
        model=model,
        max_connections=work.at_once,
        max_samples=work.at_once,
        log_dir="inspect-logs",
        **spare,
    )


def _in_threads(ask: Any, count: int) -> None:
    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


WAYS = {
    "socket": by_socket,
    "sdk-threads": by_sdk_threads,
    "sdk-async": by_sdk_async,
    "inspect": lambda work: by_inspect(work, lean=False),
    "inspect-lean": lambda work: by_inspect(work, lean=True),
}

if __name__ == "__main__":
    WAYS[sys.argv[1]](Work(sys.argv[2:]))
