"""Kafka with nothing around it: `python ingest_wire.py (discard|emit) …`. Needs confluent-kafka, and nothing of ours.

    discard ADDRESS TOPIC RECORDS            consumes so many records and does nothing with them
    emit ADDRESS TOPIC FILE ACKS RATE        produces the records of a pickle; RATE a second, 0: flat out

Prints one JSON object: seconds, processor seconds, and when it began, Unix time.
"""

import json
import pickle
import sys
import time

from confluent_kafka import Consumer, Producer  # type: ignore[import-not-found]

TICK = 0.01


def discard(address: str, topic: str, records: int) -> dict[str, float]:
    """The limit of reading: librdkafka, nothing done."""
    consumer = Consumer(
        {
            "bootstrap.servers": address,
            "group.id": f"discard-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    consumer.subscribe([topic])
    taken = 0
    began = cpu = 0.0
    while taken < records:
        found = consumer.consume(10_000, 0.2)
        if found and not taken:
            began, cpu = time.perf_counter(), time.process_time()
        taken += len([one for one in found if one.error() is None])
    result = {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "began": 0.0}
    consumer.close()
    return result


def emit(address: str, topic: str, file: str, acks: str, rate: float) -> dict[str, float]:
    """Produces; safe (idempotent) when ACKS is `all`."""
    with open(file, "rb") as opened:  # noqa: PTH123 - plain
        records = pickle.load(opened)  # noqa: S301 - our own
    settings = {"bootstrap.servers": address, "acks": acks, "linger.ms": 5, "compression.type": "lz4"}
    producer = Producer({**settings, "enable.idempotence": acks == "all", "queue.buffering.max.messages": 1_000_000})
    failures: list[object] = []
    wall, began, cpu = time.time(), time.perf_counter(), time.process_time()

    def delivered(error: object, _: object) -> None:
        if error is not None:
            failures.append(error)

    for number, (key, value, headers) in enumerate(records):
        if rate and number >= (time.perf_counter() - began) * rate:
            producer.poll(0)
            while number >= (time.perf_counter() - began) * rate:
                time.sleep(TICK)
        producer.produce(topic, value, key, headers=headers, on_delivery=delivered)
        if number % 1_000 == 0:
            producer.poll(0)
    producer.flush()
    if failures:
        raise SystemExit(f"not delivered: {failures[0]}")
    return {"seconds": time.perf_counter() - began, "cpu": time.process_time() - cpu, "began": wall}


def main() -> int:
    """Does what the arguments say."""
    what, address, topic, *rest = sys.argv[1:]
    if what == "discard":
        found = discard(address, topic, int(rest[0]))
    else:
        found = emit(address, topic, rest[0], rest[1], float(rest[2]))
    sys.stdout.write(json.dumps(found) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
