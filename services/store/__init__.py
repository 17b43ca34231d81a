"""The ClickHouse store: embedded chDB or a server, the same SQL through clickhouse-connect."""
