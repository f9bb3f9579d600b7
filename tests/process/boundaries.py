"""Where the service touches the world, read from its source: every call of a port in `bot/service`.

A call is known by the type that its object is annotated with, in a parameter or by the parameter that an attribute is
set to. A port that is used in any other way can't be followed, and is an error here rather than a gap.
"""

import ast
import inspect
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from bot.service import ports

SERVICE = Path(ports.__file__).parent.parent

INERT = frozenset(
    {"Clock.now", "Clock.sleep", "Wakeups.listen"}
    | {f"Meter.{name}" for name, _ in inspect.getmembers(ports.Meter, inspect.isfunction)}
)
"""Methods of ports that neither change anything nor ask anyone."""

PORTS: Mapping[str, type[Any]] = {
    name: each
    for name, each in vars(ports).items()
    if inspect.isclass(each)
    and each.__module__.startswith(f"{ports.__name__}.")
    and getattr(each, "_is_protocol", False)
}

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def methods(port: str) -> frozenset[str]:
    return frozenset(name for name, _ in inspect.getmembers(PORTS[port], inspect.iscoroutinefunction))


class CannotFollow(Exception):
    """A port is used in a way that hides which of its methods are called."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A call of a port: `name` tells it from others and outlives changes elsewhere; the lines are those of now."""

    name: str
    file: str
    first_line: int
    last_line: int
    port: str
    method: str


def boundaries(directory: Path = SERVICE) -> Sequence[Boundary]:
    """Those of all modules of a directory. Raises `CannotFollow`."""
    found = [each for path in sorted(directory.glob("*.py")) for each in _Module(path).calls]
    times = Counter(each.name for each in found)
    assert max(times.values(), default=1) == 1, times
    return found


def boundary(name: str) -> Boundary:
    (found,) = (each for each in boundaries() if each.name == name)
    return found


@dataclass(frozen=True, slots=True)
class _Call:
    """A method of a port, called or handed on; `step` is the status that it leads a job to, where the code says so."""

    node: ast.expr
    scope: str
    port: str
    method: str
    step: str | None

    @property
    def name(self) -> str:
        return f"{self.scope}: {self.port}.{self.method}" + (f" to {self.step}" if self.step else "")


class _Module:
    """The calls in one module."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tree = ast.parse(path.read_text("utf-8"))

    @cached_property
    def calls(self) -> list[Boundary]:
        found: list[_Call] = []
        for node in self._tree.body:
            match node:
                case ast.ClassDef():
                    found += self._of_class(node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    found += _Scope(f"{self._path.stem}.{node.name}", node).calls()
                case _:
                    pass
        return list(self._numbered(found))

    def _of_class(self, node: ast.ClassDef) -> list[_Call]:
        methods = [each for each in node.body if isinstance(each, _Function)]
        attributes = {
            each.target.id: port
            for each in node.body
            if isinstance(each, ast.AnnAssign)
            and isinstance(each.target, ast.Name)
            and (port := _port(each.annotation))
        }
        for method in methods:
            attributes |= _attributes_set(method)
        names = [each.name for each in methods]
        scopes = {each.name: _Scope(f"{self._path.stem}.{node.name}.{each.name}", each, attributes) for each in methods}
        # A method that is told the step by its caller only passes on: its callers are what counts.
        passing = {name: relay for name, each in scopes.items() if (relay := each.relay())}
        return [
            call
            for name, each in scopes.items()
            if name not in passing
            for call in _Scope(each.name, each.function, attributes, passing, names).calls()
        ]

    def _numbered(self, calls: Sequence[_Call]) -> Iterator[Boundary]:
        """With a number behind the name, where there are several of that name."""
        times = Counter(each.name for each in calls)
        seen: Counter[str] = Counter()
        for each in sorted(calls, key=lambda call: (call.node.lineno, call.node.col_offset)):
            seen[each.name] += 1
            name = f"{each.name} ({seen[each.name]})" if times[each.name] > 1 else each.name
            lines = each.node.lineno, each.node.end_lineno or each.node.lineno
            yield Boundary(name, str(self._path), *lines, each.port, each.method)


_Relay: TypeAlias = tuple[str, str, Callable[[ast.Call], ast.expr | None]]
"""The port and method that a method of the service's own passes on to, and where its callers say the step."""


_NONE: Mapping[str, Any] = {}


class _Scope:
    """A function, with what is known of the ports that it has in reach."""

    def __init__(
        self,
        name: str,
        function: _Function,
        attributes: Mapping[str, str] = _NONE,
        relays: Mapping[str, _Relay] = _NONE,
        siblings: Collection[str] = (),
    ) -> None:
        self.name = name
        self.function = function
        self._attributes = attributes
        self._relays = relays
        self._siblings = frozenset(siblings)
        self._parameters = {
            each.arg: port
            for inner in ast.walk(function)
            if isinstance(inner, _Function)
            for each in _parameters(inner)
            if each.annotation is not None and (port := _port(each.annotation))
        }

    def calls(self) -> Iterator[_Call]:
        parents = {child: node for node in ast.walk(self.function) for child in ast.iter_child_nodes(node)}
        for node in ast.walk(self.function):
            if isinstance(node, ast.expr) and (port := self._port_of(node)):
                yield from self._use(node, port, parents)
            elif isinstance(node, ast.Call) and (relay := self._relays.get(_own_method(node))):
                port, method, step_of = relay
                yield _Call(node, self.name, port, method, _status(step_of(node)))

    def relay(self) -> _Relay | None:
        """What this method passes on to, if the step comes from a parameter of its own."""
        names = [each.arg for each in _parameters(self.function)]
        for node in ast.walk(self.function):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            port = self._port_of(node.func.value)
            if port is None:
                continue
            step = _argument(node, _signature(port, node.func.attr))
            if isinstance(step, ast.Name) and step.id in names:
                return port, node.func.attr, lambda call, names=names, to=step.id: _argument(call, names, to)
        return None

    def _use(self, node: ast.expr, port: str, parents: Mapping[ast.AST, ast.AST]) -> Iterator[_Call]:
        parent = parents[node]
        match parent:
            case ast.Attribute(attr=method):
                around = parents[parent]
                whole = around if isinstance(around, ast.Call) and around.func is parent else parent
                step = _argument(whole, _signature(port, method)) if isinstance(whole, ast.Call) else None
                if f"{port}.{method}" not in INERT and not self._forwards(port, method):
                    yield _Call(whole, self.name, port, method, _status(step))
            case ast.Call() | ast.keyword():
                pass  # handed to what has a parameter annotated with it
            case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))]):
                pass  # kept, as `_attributes_set` knows
            case _ if isinstance(getattr(node, "ctx", None), ast.Store):
                pass
            case _:
                raise CannotFollow(f"{self.name}, line {node.lineno}: {ast.unparse(parent)}")

    def _forwards(self, port: str, method: str) -> bool:
        """Whether this is that method of a class that is such a port itself: then its callers are what counts."""
        return self.function.name == method and methods(port) <= self._siblings

    def _port_of(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name(id=name):
                return self._parameters.get(name)
            case ast.Attribute(value=ast.Name(id="self"), attr=name):
                return self._attributes.get(name)
            case _:
                return None


def _attributes_set(method: _Function) -> dict[str, str]:
    """Attributes that a method sets to parameters that are ports."""
    ports = {each.arg: port for each in _parameters(method) if each.annotation and (port := _port(each.annotation))}
    return {
        target.attr: ports[node.value.id]
        for node in ast.walk(method)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in ports
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }


def _port(annotation: ast.expr) -> str | None:
    """The port that an annotation names, maybe beside None."""
    names = [each.id for each in ast.walk(annotation) if isinstance(each, ast.Name)]
    return next((name for name in names if name in PORTS), None)


def _parameters(function: _Function) -> list[ast.arg]:
    arguments = function.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def _signature(port: str, method: str) -> list[str]:
    return list(inspect.signature(getattr(PORTS[port], method)).parameters)


def _own_method(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case _:
            return ""


def _argument(call: ast.Call, parameters: Sequence[str], name: str = "to") -> ast.expr | None:
    """What a call of a method gives for one of its parameters, of which the first is `self`."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    index = parameters.index(name) - 1 if name in parameters else -1
    return call.args[index] if 0 <= index < len(call.args) else None


def _status(step: ast.expr | None) -> str | None:
    match step:
        case ast.Attribute(value=ast.Name(id="JobStatus"), attr=name):
            return name.lower()
        case _:
            return None
