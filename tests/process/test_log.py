"""Whatever a process says, it says in the documented form: by itself, by its libraries, and as it breaks down."""

import json
from importlib import import_module
from typing import Any

import pytest

from tests.docs.documents import ROOT, rows, section, unquoted
from tests.process.deployment import open_deployment

OF_EVERY_LINE = {"timestamp", "level", "logger", "event", "process", "role"}

SAYS_IT_ALL = "tests.process.test_log:say_it_all"


def say_it_all() -> None:
    """What libraries and mistakes do: warn, log, raise where nobody listens; and what they must not tell."""
    import asyncio
    import logging
    import os
    import threading
    import warnings

    run: Any = import_module("bot.cli.run")
    serve = run._serve

    class Falls:
        def __del__(self) -> None:
            raise ValueError("in a finalizer")

    def fall() -> None:
        raise ValueError("in a thread")

    async def talk(settings: Any) -> None:
        token = settings.discord_token.get_secret_value()
        warnings.warn("a library's warning", stacklevel=1)
        logging.getLogger("elsewhere").error('said "%s"\nof %s', "two lines", token)
        try:
            raise ValueError(f"with {settings.replicate_api_token.get_secret_value()} in it")
        except ValueError:
            logging.getLogger("elsewhere").exception("a traceback")
        thread = threading.Thread(target=fall)
        thread.start()
        thread.join()
        Falls()
        asyncio.get_running_loop().call_soon(fall)
        logging.getLogger("elsewhere").error("the key is %s", os.environ["OPENAI_API_KEY"])
        await serve(settings)
        raise RuntimeError("nobody has thought of this")

    run._serve = talk


async def test_every_line_is_json_with_the_documented_keys(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {"OPENAI_API_KEY": "a-key-without-a-known-shape", "OPENAI_API_URL": "http://127.0.0.1:1/v1"}
    async with open_deployment(tmp_path_factory.mktemp("log"), webhooks=False) as deployment:
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        async with deployment.running(settings, prepare=SAYS_IT_ALL, well=False) as run:
            command = await deployment.discord.slash(ann, channel, "imagine", prompt="a quiet owl", quality="low")
            await command.until(lambda message: message.pictures)
            await deployment.settled(run, channel)
            run.terminate()
            assert await run.ended() == 1
        job = deployment.records().jobs[0]["id"]
    lines = [json.loads(line) for line in run.lines]
    assert not [each for each in lines if not each.keys() >= OF_EVERY_LINE]
    assert {each["role"] for each in lines} == {"all"}
    assert {str(run.pid)} == {each["process"].rpartition("-")[2] for each in lines}
    events = {each["event"]: each for each in lines}
    assert 'said "two lines"\nof …' in events
    assert "the key is …" in events
    assert any("a library's warning" in event for event in events)
    tracebacks = {name: each["exception"] for name, each in events.items() if "exception" in each}
    assert "with … in it" in tracebacks["a traceback"]
    assert "in a thread" in tracebacks["a thread broke down"]
    assert "in a finalizer" in tracebacks["an exception could not be raised"]
    assert "nobody has thought of this" in tracebacks["the program broke down"]
    assert any(each["logger"] == "asyncio" for each in lines)
    of_job = {each["event"] for each in lines if each.get("job") == job}
    assert of_job == {"request admitted", "a request could not be judged", "pictures delivered"}
    assert "a quiet owl" not in run.output
    assert "a-key-without-a-known-shape" not in run.output


async def test_a_prompt_is_in_the_line_of_its_admission_where_it_is_asked_for(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with open_deployment(
        tmp_path_factory.mktemp("prompts"), webhooks=False, EASEL_LOG_PROMPTS="true"
    ) as deployment:
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        deployment.check_output = lambda output: None
        async with deployment.running() as run:
            command = await deployment.discord.slash(ann, channel, "imagine", prompt="a loud owl", quality="low")
            await command.until(lambda message: message.pictures)
            await deployment.settled(run, channel)
    (line,) = (each for each in run.lines if "a loud owl" in each)
    told = json.loads(line)
    assert (told["event"], told["prompt"]) == ("request admitted", "a loud owl")


def test_the_keys_are_documented() -> None:
    told = {name for cells in rows(section(ROOT / "docs" / "operating.md", "Logs")) for name in unquoted(cells[0])}
    assert told >= OF_EVERY_LINE | {"job", "exception"}
