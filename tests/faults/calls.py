"""Which calls Easel makes to Replicate and to Discord, and where in the code: read from the code itself."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import discord

import bot
from bot.replicate import wire
from bot.replicate.client import ReplicateClient

SOURCE = Path(bot.__file__).parent
RECEIVERS = ("predictions", "replicate")
"""What the port and its adapter are called wherever they are used."""


class Site(NamedTuple):
    """A place in the code from which a vendor is called: the function, below `bot`, and the client's method."""

    function: str
    call: str


@cache
def client_calls() -> set[str]:
    """The names of the client's calls."""
    methods = inspect.getmembers(ReplicateClient, inspect.iscoroutinefunction)
    return {name for name, _ in methods if not name.startswith("_")}


@cache
def request_builders() -> set[str]:
    """The names of the functions that make the requests."""
    functions = inspect.getmembers(wire, inspect.isfunction)
    return {name for name, each in functions if inspect.signature(each).return_annotation is wire.Request}


def builders_used() -> dict[str, str]:
    """The client's call by the builder of its request."""
    tree = ast.parse(inspect.getsource(ReplicateClient))
    return {
        node.attr: function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and node.attr in request_builders()
    }


def sites() -> set[Site]:
    """Every place that a call is made from, the client itself and the demo aside."""
    modules = [each for each in SOURCE.rglob("*.py") if each.parent.name not in ("replicate", "demo")]
    return {site for module in modules for site in _sites_in(module)}


@cache
def discord_calls() -> set[str]:
    """The names of what discord.py does by HTTP, on the classes that Easel uses."""
    classes = (
        discord.Client,
        discord.Interaction,
        discord.InteractionResponse,
        discord.InteractionMessage,
        discord.PartialMessage,
        discord.Webhook,
        discord.WebhookMessage,
        discord.abc.Messageable,
    )
    methods = {name for each in classes for name, _ in inspect.getmembers(each, inspect.iscoroutinefunction)}
    # Suggestions are sent by the library alone, and nothing but `connect` begins a session; the words are those of a
    # decorator and of a span of time, too.
    named = {name for name in methods if not name.startswith("_")} - {"autocomplete", "start"}
    return named | {
        "fetch_automod_rules",
        "fetch_member",
        "get_member",
    }  # of a guild, and of the library's own HTTP client


def discord_sites() -> set[Site]:
    """Every place in `bot.chat` that Discord is called from."""
    return {
        Site(".".join(path), node.attr)
        for module in (SOURCE / "chat").rglob("*.py")
        if module.parent.name != "words"  # which call nobody
        for path, node in _walk(ast.parse(module.read_text()), (_dotted(module),))
        if isinstance(node, ast.Attribute) and node.attr in discord_calls()
    }


def parameters() -> set[str]:
    """How the parameters are named that take the port or its adapter."""
    return {
        argument.arg
        for module in SOURCE.rglob("*.py")
        for argument in ast.walk(ast.parse(module.read_text()))
        if isinstance(argument, ast.arg) and argument.annotation is not None
        if ast.unparse(argument.annotation) in ("Predictions", "ReplicateClient")
    }


def _sites_in(module: Path) -> Iterator[Site]:
    for path, node in _walk(ast.parse(module.read_text()), (_dotted(module),)):
        if isinstance(node, ast.Attribute) and node.attr in client_calls():
            receiver = ast.unparse(node.value).rpartition(".")[2].lstrip("_")
            passed_on = path[-1] == node.attr and ast.unparse(node.value) == "self._predictions"
            if receiver in RECEIVERS and not passed_on:
                yield Site(".".join(path), node.attr)


def _dotted(module: Path) -> str:
    return ".".join(module.relative_to(SOURCE).with_suffix("").parts)


def _walk(node: ast.AST, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], ast.AST]]:
    """All nodes, each with the names of the classes and functions that it is in."""
    for child in ast.iter_child_nodes(node):
        inner = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        yield path, child
        yield from _walk(child, (*path, child.name) if isinstance(child, inner) else path)
