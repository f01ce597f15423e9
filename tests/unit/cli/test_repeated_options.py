"""Of two values only the last would count: a list named twice released whoever was on the first one alone."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from ndoo.cli.main import Commands, main
from ndoo.cli.repeated_options import refuse_repeated_options, takes_one_value
from ndoo.domain.errors import NdooError, UsageFault
from tests.conftest import Ndoo


def options(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Option]]:
    """Every option of every command, by the words that lead to the command; whoever adds one is here tomorrow."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            within = command.get_command(context, name)
            assert within is not None
            yield from options(within, (*path, name))
    yield from ((path, option) for option in command.params if isinstance(option, click.Option))


EVERY = list(options())
GROUPS = {("serve",)}
"""Commands that take options and have commands below them."""
ONE_VALUE = [(path, option) for path, option in EVERY if takes_one_value(option)]
OTHERS = [(path, option) for path, option in EVERY if not takes_one_value(option)]


def named(found: list[tuple[tuple[str, ...], click.Option]]) -> list[str]:
    return [" ".join((*path, option.opts[-1])) for path, option in found]


def code(*arguments: str) -> str | None:
    """The error that this command line comes to before its command is looked at; None where it goes on."""
    try:
        refuse_repeated_options(main, click.Context(main, **main.context_settings), arguments)
    except NdooError as error:
        assert error.exit_status == 2
        return error.code
    except click.ClickException as error:
        return type(error).__name__
    return None


def test_the_tree_is_walked_to_its_leaves() -> None:
    assert len(ONE_VALUE) > 100
    assert {"uphold --output", "mesh collect --profile", "register set --channel"} <= {*named(ONE_VALUE)}
    without = {"help"}
    assert {path[0] for path, _ in EVERY if path} == {*main.list_commands(click.Context(main))} - without


@pytest.mark.parametrize(("path", "option"), ONE_VALUE, ids=named(ONE_VALUE))
def test_no_value_takes_the_place_of_another(path: tuple[str, ...], option: click.Option) -> None:
    for first in option.opts:
        for second in option.opts:
            assert code(*path, first, "a", second, "b") == "option-repeated"
    last = option.opts[-1]
    assert code(*path, last, "a", last, "a") == "option-repeated", "the same value too: nobody has to compare them"
    if last.startswith("--"):
        between = () if path in GROUPS else ("x",)  # of a group, what comes after a word belongs to the subcommand
        assert code(*path, f"{last}=a", *between, f"{last}=b") == "option-repeated"
    assert code(*path, last, "a") != "option-repeated"


@pytest.mark.parametrize(("path", "option"), OTHERS, ids=named(OTHERS))
def test_what_may_stand_there_twice_is_a_list_or_a_plain_flag(path: tuple[str, ...], option: click.Option) -> None:
    assert option.multiple or (option.is_flag and not option.secondary_opts)
    value = () if option.is_flag else ("a",)
    assert code(*path, option.opts[-1], *value, option.opts[-1], *value) != "option-repeated"


@pytest.mark.parametrize(
    ("path", "option"),
    [(path, option) for path, option in EVERY if not option.is_flag and option.nargs == 1],
    ids=lambda one: one.opts[-1] if isinstance(one, click.Option) else " ".join(one),
)
def test_no_option_takes_an_empty_value(path: tuple[str, ...], option: click.Option) -> None:
    """What `"$FOLDER"` is while nobody has set it: as a path it would be the working folder."""
    for name in option.opts:
        assert code(*path, name, "") == "UsageError"
    if option.multiple:
        assert code(*path, option.opts[-1], "a", option.opts[-1], "") == "UsageError"


def test_no_argument_is_empty(ndoo: Ndoo) -> None:
    for words in (("scan",), ("show", "a"), ("uphold",), ("impact", "a"), ("key", "trust"), ("explain",)):
        said = ndoo(*words, "")
        assert (said.status, "Error [usage]" in said.err and "was given an empty value" in said.err) == (2, True), (
            said.err
        )
    assert "INPUT was given an empty value" in ndoo("uphold", "").err
    assert code("register", "set", "") != "UsageError", "an NHS number that is none has its own answer"


def test_no_two_options_of_a_command_mean_the_same_thing() -> None:
    """Else the one would take the place of the other unseen."""
    for path in {path for path, _ in EVERY}:
        names = [option.name for where, option in EVERY if where == path]
        assert len(names) == len({*names}), path


def test_an_option_that_is_new_tomorrow_is_guarded_without_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain click command in a plain click group: nothing in them knows of the guard."""

    @click.group()
    def tools() -> None: ...

    @tools.command(name="mend")
    @click.option("--nail")
    @click.option("--bright/--dull", default=False)
    @click.option("-v", "loud", count=True)
    @click.argument("what", nargs=-1)
    def mend(**_: object) -> None: ...

    monkeypatch.setattr(Commands, "get_command", lambda *_: tools)
    assert code("tools", "mend", "--nail", "a", "--nail", "b") == "option-repeated"
    assert code("tools", "mend", "--bright", "--dull") == "option-repeated"
    assert code("tools", "mend", "-v", "-v", "a", "b", "--", "--nail", "--nail") is None
    assert code("tools", "none", "--nail", "a", "--nail", "b") is None, "there is no such command: click says so later"


def test_the_naive_parser_takes_the_last() -> None:
    """What click does by itself; so the guard is what refuses, and not something behind it."""
    uphold = main.get_command(click.Context(main), "uphold")
    assert uphold is not None
    parsed = uphold.make_context("uphold", ["in.csv", "-o", "a.csv", "-o", "b.csv"], **main.context_settings)
    assert str(parsed.params["output"]) == "b.csv"


def test_the_error_names_the_option_and_is_said_to_machines_too() -> None:
    with pytest.raises(UsageFault) as refused:
        main.parse_args(click.Context(main), ["uphold", "in.csv", "-o", "a", "--output", "b"])
    assert refused.value.sentence == "--output takes one value, and it was given several. Give --output once."
