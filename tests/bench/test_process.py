from __future__ import annotations

from importlib import import_module

import pytest

from studio.bench.process import BENCHMARKS, chosen
from studio.errors import InputError


def test_without_a_choice_all_are_run() -> None:
    assert chosen(()) == BENCHMARKS


def test_a_choice_is_run_in_the_usual_order() -> None:
    assert chosen(("memory", "cpu")) == ("cpu", "memory")


def test_an_unknown_name_is_refused_and_the_known_are_told() -> None:
    with pytest.raises(InputError, match=r"--only gpu: is no benchmark: choose from: cpu, "):
        chosen(("gpu",))


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_name_is_a_module_that_measures(name: str) -> None:
    assert callable(import_module(f"studio.bench.{name}").measure)
