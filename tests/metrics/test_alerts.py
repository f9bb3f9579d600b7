"""The alert rules ask for what the program exports, in the way that it is meant to be asked for; and the documents tell
of both.

The rules' form is read as https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ describes it.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
from ruamel.yaml import YAML

from tests.docs.documents import ROOT, rows, section, unquoted
from tests.metrics.exported import exported
from tests.metrics.scrape import Scrape

PROMETHEUS = ROOT / "deploy" / "prometheus"
OPERATING = ROOT / "docs" / "operating.md"
GROUPS: list[dict[str, Any]] = YAML(typ="safe").load((PROMETHEUS / "alerts.yaml").read_text("utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]

OF_THE_SCRAPE = {"job", "instance"}
"""Labels that Prometheus adds to all that it scrapes."""

OF_PROMETHEUS = {"up"}
"""Metrics that it makes itself."""

rules = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])


@pytest.fixture(scope="module")
def known() -> Scrape:
    return asyncio.run(exported())


def parsed(rule: dict[str, Any]) -> promql.Expr:
    return promql.parse(rule["expr"])


def walk(expr: promql.Expr) -> list[Any]:
    found: list[Any] = []
    promql.walk(expr, found.append)
    return found


def selectors(expr: promql.Expr) -> Iterator[promql.VectorSelector]:
    yield from (each for each in walk(expr) if isinstance(each, promql.VectorSelector))


def test_the_groups_have_names_of_their_own_and_the_rules_too() -> None:
    assert len({group["name"] for group in GROUPS}) == len(GROUPS)
    assert all(group.keys() == {"name", "rules"} for group in GROUPS)
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@rules
def test_each_rule_is_formed_as_prometheus_wants_it(rule: dict[str, Any]) -> None:
    assert rule.keys() - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert "for" not in rule or promql.parse_duration(rule["for"])
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    assert all(isinstance(each, str) for each in rule["annotations"].values())


@rules
def test_each_rule_asks_for_what_is_exported(rule: dict[str, Any], known: Scrape) -> None:
    for selector in selectors(parsed(rule)):
        assert selector.name is not None
        if selector.name in OF_PROMETHEUS:
            continue
        assert selector.name in known.labels
        for matcher in selector.matchers.matchers:
            if matcher.name in OF_THE_SCRAPE:
                continue
            values = {dict(labels)[matcher.name] for name, labels in known.samples if name == selector.name}
            for value in matcher.value.split("|"):
                # Of HTTP statuses there is one only once it has come.
                assert value in values or (matcher.name == "status" and re.fullmatch(r"[1-5]\d\d", value)), value


@rules
def test_counters_are_asked_how_fast_they_grow_and_gauges_what_they_are(rule: dict[str, Any], known: Scrape) -> None:
    nodes = walk(parsed(rule))
    ranged = {str(each.vector_selector) for each in nodes if isinstance(each, promql.MatrixSelector)}
    for selector in (each for each in nodes if isinstance(each, promql.VectorSelector)):
        name = str(selector.name)
        grows = name.endswith(("_total", "_bucket", "_count", "_sum"))
        assert grows == (str(selector) in ranged), name
    for each in nodes:
        if isinstance(each, promql.AggregateExpr) and str(each.op) not in {"max", "min"}:
            assert not [one for one in selectors(each) if str(one.name).startswith("easel_deployment_")]


@rules
def test_labels_that_a_text_names_are_there(rule: dict[str, Any]) -> None:
    expr = parsed(rule)
    grouped = [each.modifier for each in walk(expr) if isinstance(each, promql.AggregateExpr)]
    kept = {"instance"} if not grouped else {label for each in grouped if each is not None for label in each.labels}
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    assert named <= kept


@rules
def test_each_rule_has_a_section_that_says_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["runbook"] == f"docs/operating.md#{rule['alert'].lower()}"
    assert len(section(OPERATING, rule["alert"]).split()) > 20


def test_each_section_has_a_rule() -> None:
    told = re.findall(r"^### (.+)$", section(OPERATING, "Alerts"), re.MULTILINE)
    assert told == [rule["alert"] for rule in RULES]


def test_the_table_of_metrics_tells_of_all_that_are_exported(known: Scrape) -> None:
    told = {unquoted(cells[0])[0]: (cells[1], set(unquoted(cells[2]))) for cells in rows(section(OPERATING, "Metrics"))}
    assert told == {name: (kind, labels) for name, kind, labels in _families(known) if name.startswith("easel_")}


def test_the_example_of_a_configuration_scrapes_under_the_name_that_the_rules_ask_for() -> None:
    configuration = YAML(typ="safe").load((PROMETHEUS / "prometheus.yaml").read_text("utf-8"))
    assert [each["job_name"] for each in configuration["scrape_configs"]] == ["easel"]
    assert configuration["rule_files"] == ["alerts.yaml"]


def _families(known: Scrape) -> Iterator[tuple[str, str, set[str]]]:
    for name, kind in known.kinds.items():
        match kind:
            case "counter":
                yield f"{name}_total", kind, known.labels[f"{name}_total"]
            case "histogram":
                yield name, kind, known.labels[f"{name}_count"]
            case _:
                yield name, kind, known.labels.get(name, set())
