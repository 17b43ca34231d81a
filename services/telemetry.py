"""Traces by OpenTelemetry, sent over OTLP. Only a process that was told where to send them imports this."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.ports import spans
from services.ports.spans import Kind, Said

SEND_SECONDS = 5
"""How long one sending may take; what cannot be sent is dropped, and the log says so."""

_propagator = TraceContextTextMapPropagator()


class OtlpTracer:
    """Implements `services.ports.spans.Tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("tianzhuo")

    @contextmanager
    def span(self, name: str, parents: Sequence[str] | None, kind: Kind, said: dict[str, Said]) -> Iterator[None]:
        """See `services.ports.spans.span`."""
        if parents is None:
            made = trace.get_current_span().get_span_context().is_valid
            context, others = None, []
        else:
            made = bool(parents)
            context, *others = [_context(one) for one in parents] or [Context()]
        if not made:
            yield
            return
        began = time.time_ns()
        with self._tracer.start_as_current_span(
            name,
            context,
            SpanKind[kind.upper()],
            said,
            start_time=began,
            record_exception=False,  # its text may quote what came in
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise
            finally:
                for other in others:
                    self._twin(span, name, other, said, began)

    def _twin(self, span: Span, name: str, context: Context, said: dict[str, Said], began: int) -> None:
        """The same time in another trace, with a link to the span under which the details are."""
        links = [Link(span.get_span_context())]
        self._tracer.start_span(name, context, SpanKind.INTERNAL, said, links, began).end()

    def here(self) -> str:
        """See `services.ports.spans.here`."""
        found = trace.get_current_span().get_span_context()
        sampled = found.is_valid and found.trace_flags.sampled
        return f"00-{found.trace_id:032x}-{found.span_id:016x}-01" if sampled else ""

    def tell(self, name: str, said: dict[str, Said]) -> None:
        """See `services.ports.spans.tell`."""
        span = trace.get_current_span()
        if name:
            span.update_name(name)
        span.set_attributes(said)


def _context(traceparent: str) -> Context:
    """The context that a traceparent names; an empty one for '' and for what is none."""
    return _propagator.extract({"traceparent": traceparent}, Context())


@contextmanager
def tracing(process: str, endpoint: str, share: float) -> Iterator[None]:
    """Within, spans go to a collector; at the end those that wait are sent.

    Args:
        process: its name, `serve`, `ingest`, ….
        endpoint: of OTLP over HTTP, without `/v1/traces`.
        share: of the traces that begin here; one that began elsewhere is collected when its beginning says so.
    """
    resource = Resource.create({"service.name": f"tianzhuo-{process}"})
    provider = TracerProvider(ParentBased(TraceIdRatioBased(share)), resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=SEND_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    spans.use(OtlpTracer(provider))
    try:
        yield
    finally:
        spans.use(None)
        provider.shutdown()
