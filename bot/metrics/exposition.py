"""All metrics of a process, and the text in which Prometheus gets them."""

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client import ProcessCollector as SystemCollector
from prometheus_client.exposition import choose_encoder

from bot.metrics.calls import VendorCalls
from bot.metrics.deployment import DeploymentCollector
from bot.metrics.meter import PrometheusMeter
from bot.metrics.process import LoopLag, ProcessCollector, ProcessState

# In the older of the two formats they would be series of their own, which nobody asks for.
disable_created_metrics()


class Metrics:
    """A registry of its own for each process, or each of several in a test."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        SystemCollector(registry=self._registry)
        self._deployment: DeploymentCollector | None = None
        self.meter = PrometheusMeter(self._registry)
        self.calls = VendorCalls(self._registry)
        self.lag = LoopLag(self._registry)

    def watch(self, state: ProcessState, deployment: DeploymentCollector) -> None:
        """Tell these, too, from now on. Call it once."""
        self._deployment = deployment
        self._registry.register(ProcessCollector(state))
        self._registry.register(deployment)

    async def expose(self, accept: str) -> tuple[bytes, str]:
        """The metrics in the format that an `Accept` header asks for (OpenMetrics, or Prometheus' older text), and its
        `Content-Type`."""
        if self._deployment is not None:
            await self._deployment.refresh()
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type
