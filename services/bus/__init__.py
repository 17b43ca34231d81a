"""The message bus: Kafka, through kafka-python where calls may block."""
