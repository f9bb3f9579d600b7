"""A scrape of `/metrics`, as Prometheus makes one."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Scrape:
    """`samples` by name and sorted labels; `kinds` by the name of the family, without `_total`."""

    samples: Mapping[tuple[str, tuple[tuple[str, str], ...]], float]
    kinds: Mapping[str, str]

    @classmethod
    def of(cls, text: str) -> "Scrape":
        families = list(text_string_to_metric_families(text))
        samples = {
            (each.name, tuple(sorted(each.labels.items()))): each.value
            for family in families
            for each in family.samples
        }
        return cls(samples, {family.name: family.type for family in families})

    def value(self, name: str, **labels: str) -> float:
        """Of one sample. Raises `KeyError` where there is none."""
        return self.samples[name, tuple(sorted(labels.items()))]

    def total(self, name: str, **labels: str) -> float:
        """Of all samples of that name with these labels among theirs."""
        wanted = labels.items()
        return sum(
            value for (known, its), value in self.samples.items() if known == name and wanted <= dict(its).items()
        )

    @property
    def labels(self) -> Mapping[str, set[str]]:
        """The labels of the samples of each name."""
        found: dict[str, set[str]] = {}
        for name, labels in self.samples:
            found.setdefault(name, set()).update(dict(labels))
        return found


async def scrape(port: int) -> Scrape:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        return Scrape.of(await answer.text())
