"""What every subcommand has: --help, and exit code 2 with a reason when it is used wrongly."""

import pytest

from tests.cli.command import misused, tianzhuo

COMMANDS = {
    "serve": ("--data", "--store", "--database", "--host", "--port", "TIANZHUO_CAPTURE_EVENTS"),
    "migrate": ("--data", "--store", "--database", "--check"),
    "simulate": ("--seed", "--events", "--out", "--to", "--key-file"),
    "trace": ("id", "--as-of", "--json", "--url"),
    "copy": ("--from", "--to", "--state", "--check"),
    "keys": ("--url", "--key-file", "create", "list", "revoke"),
}
WRONG = {
    "no command": ([], "COMMAND"),
    "another command": (["eat"], "eat"),
    "port of letters": (["serve", "--port", "x"], "--port"),
    "port too high": (["serve", "--port", "65536"], "65535"),
    "unknown option": (["migrate", "--force"], "--force"),
    "neither out nor to": (["simulate"], "--out"),
    "both out and to": (["simulate", "--out", "x", "--to", "http://127.0.0.1:1"], "not allowed"),
    "no events": (["simulate", "--events", "0", "--out", "x"], "--events"),
    "no id": (["trace"], "id"),
    "no action": (["keys"], "ACTION"),
    "copy to nowhere": (["copy", "--from", "x"], "--to"),
}


def test_help_names_every_command() -> None:
    done = tianzhuo("--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n    {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize(("command", "names"), COMMANDS.items())
def test_help_of_a_command_names_its_options(command: str, names: tuple[str, ...]) -> None:
    done = tianzhuo(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: tianzhuo {command} ")
    assert [name for name in names if name not in done.stdout] == []


@pytest.mark.parametrize("action", ["create", "list", "revoke"])
def test_help_of_an_action(action: str) -> None:
    done = tianzhuo("keys", action, "--help")
    assert done.returncode == 0
    assert action in done.stdout


@pytest.mark.parametrize(("arguments", "word"), WRONG.values(), ids=WRONG)
def test_wrong_usage_ends_with_2(arguments: list[str], word: str) -> None:
    misused(tianzhuo(*arguments), word)
