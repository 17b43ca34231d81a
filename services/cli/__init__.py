"""The `tianzhuo` command."""
