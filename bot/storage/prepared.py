"""Statements that come again and again: SQLAlchemy words each of them once, and the driver executes it.

Of a statement that finds its few rows by an index, SQLAlchemy's own part takes the most time (docs/performance.md): it
works out anew what is the same each time. What it worked out at first is kept here, by its public means: the words, the
order of the parameters, and how the types of columns write and read their values.

Only for statements that are built once and kept, as a module's constants are. One that is new each time goes
SQLAlchemy's way, as does whatever isn't as plain as these.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, Float, TextClause
from sqlalchemy.engine import Dialect
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler

_MOST_LISTED = 32
"""Values of one parameter that are listed in a statement (`IN`); each number of them is a form of its own."""

_MOST_FORMS = 200

_Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Value:
    """Where a value comes from: a parameter, one of the values listed in it, or the statement itself."""

    parameter: str | None
    place: int | None
    convert: _Convert | None
    fixed: Any

    def of(self, parameters: Mapping[str, Any]) -> Any:
        if self.parameter is None:
            return self.fixed
        value = parameters[self.parameter]
        if self.place is not None:
            value = value[self.place]
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement in the database's own words."""

    sql: str
    values: Sequence[_Value]
    columns: SimpleResultMetaData | None
    """Of the rows that it answers with, if it does."""
    converts: Sequence[tuple[int, _Convert]]

    def arguments(self, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """What the driver is given, in its order."""
        return [value.of(parameters) for value in self.values]

    def result(self, rows: Iterable[Sequence[Any]], rowcount: int) -> "PreparedResult":
        """Of the rows as the driver found them."""
        return PreparedResult(self.columns or _NO_COLUMNS, map(self._converted, rows), rowcount)

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for at, convert in self.converts:
            values[at] = convert(values[at])
        return tuple(values)


class PreparedResult(IteratorResult[Any]):
    """Rows by the names of their columns, and how many the statement found or changed."""

    def __init__(self, columns: SimpleResultMetaData, rows: Iterable[Any], rowcount: int) -> None:
        super().__init__(columns, iter(rows))
        self.rowcount = rowcount


@dataclass(slots=True)
class _Forms:
    """One statement, by what it is given."""

    lists: Sequence[str] | None = None
    prepared: dict[Sequence[Any], Prepared | None] = field(default_factory=dict[Sequence[Any], Prepared | None])


class Statements:
    """The prepared statements of a dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known = WeakKeyDictionary[Executable, _Forms]()

    def find(self, statement: Executable, parameters: Mapping[str, Any]) -> Prepared | None:
        """None where it is SQLAlchemy's to execute; what is met for the first time may never come again."""
        forms = self._known.get(statement)
        if forms is None:
            self._known[statement] = _Forms()
            return None
        if forms.lists is None:
            forms.lists = self._lists(statement, parameters)
        form: tuple[Any, ...] = tuple(parameters)
        if forms.lists:
            lengths = [len(parameters[name]) for name in forms.lists]
            if max(lengths) > _MOST_LISTED or len(forms.prepared) > _MOST_FORMS:
                return None
            form += tuple(lengths)
        if form not in forms.prepared:
            forms.prepared[form] = self._prepare(statement, parameters)
        return forms.prepared[form]

    def _compiled(self, statement: Executable, parameters: Mapping[str, Any]) -> SQLCompiler:
        return cast("SQLCompiler", cast("Any", statement).compile(dialect=self._dialect, column_keys=list(parameters)))

    def _lists(self, statement: Executable, parameters: Mapping[str, Any]) -> Sequence[str]:
        compiled = self._compiled(statement, parameters)
        return [bind.key for bind in compiled.post_compile_params if bind.key in parameters]

    def _prepare(self, statement: Executable, parameters: Mapping[str, Any]) -> Prepared | None:
        compiled = self._compiled(statement, parameters)
        if isinstance(statement, TextClause) or compiled.insert_prefetch or compiled.update_prefetch:
            return None  # columns that nobody knows, and values that SQLAlchemy makes
        state = compiled.construct_expanded_state(parameters)
        listed = {
            name: (parameter, place)
            for parameter, names in state.parameter_expansion.items()
            for place, name in enumerate(names)
        }
        values: list[_Value] = []
        for name in state.positiontup or ():
            parameter, place = listed.get(name, (name, None))
            convert = self._written(compiled.binds[parameter].type)
            if parameter in parameters:
                values.append(_Value(parameter, place, convert, None))
            else:
                fixed = state.parameters[name]
                values.append(_Value(None, None, None, fixed if convert is None else convert(fixed)))
        columns = list(cast("Any", statement).exported_columns)
        reads = [self._read(column.type) for column in columns]
        names = [column.key or str(place) for place, column in enumerate(columns)]
        return Prepared(
            state.statement,
            values,
            SimpleResultMetaData(names) if columns else None,
            [(place, read) for place, read in enumerate(reads) if read is not None],
        )

    def _read(self, type_: Any) -> _Convert | None:
        if isinstance(type_, Float):
            return None  # the driver's is one already; SQLAlchemy would have to know how the database calls it
        return type_.dialect_impl(self._dialect).result_processor(self._dialect, None)

    def _written(self, type_: Any) -> _Convert | None:
        return type_.dialect_impl(self._dialect).bind_processor(self._dialect)


_NO_COLUMNS = SimpleResultMetaData(())
