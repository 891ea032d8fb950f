"""The blind test: chance, exact p-values, and nothing told before the end."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest

from afxplugin.editor.comparing.abx import FEWEST_TRIALS, AbxTest, chance_of
from afxplugin.errors import SessionError


@pytest.mark.parametrize("trials", [1, 5, 10, 16, 100])
def test_the_p_value_is_that_of_the_exact_binomial_test(trials: int) -> None:
    for right in range(trials + 1):
        expected = binomtest(right, trials, 0.5, alternative="greater").pvalue
        assert chance_of(right, trials) == pytest.approx(expected, rel=1e-12)


def test_a_listener_who_hears_it_is_right_every_time_whatever_the_order() -> None:
    for seed in range(20):
        test = AbxTest("naive", "auto", trials=10, seed=seed)
        while test.is_running:
            test.answer("A" if test.sound("X") == test.sound("A") else "B")
        result = test.result()
        assert (result.right, result.trials) == (10, 10)
        assert result.p_value == pytest.approx(2.0**-10)
        assert {result.a, result.b} == {"naive", "auto"}


def test_a_listener_who_always_says_the_same_is_right_by_chance() -> None:
    right = 0
    for seed in range(200):
        test = AbxTest("naive", "auto", trials=10, seed=seed)
        while test.is_running:
            test.answer("A")
        right += test.result().right
    assert 900 < right < 1100  # of 2000; beyond 4.4 standard deviations
    assert not chance_of(5, 10) < 0.05


def test_x_and_the_buttons_are_drawn() -> None:
    tests = [AbxTest("naive", "auto", trials=20, seed=seed) for seed in range(40)]
    assert {test.sound("A") for test in tests} == {"naive", "auto"}
    assert {test.sound("X") for test in tests} == {"naive", "auto"}
    orders = set()
    for test in tests:
        order = []
        while test.is_running:
            order.append(test.sound("X"))
            assert test.sound("X") == order[-1]  # asked again it is the same
            test.answer("B")
        orders.add(tuple(order))
    assert len(orders) == 40
    again = AbxTest("naive", "auto", trials=20, seed=7)
    assert again.sound("X") == AbxTest("naive", "auto", trials=20, seed=7).sound("X")


def test_nothing_is_told_before_the_end_or_of_a_test_given_up() -> None:
    test = AbxTest("naive", "auto", trials=6, seed=1)
    assert "naive" not in repr(test)
    for k in range(5):
        assert test.trial == k + 1
        test.answer("A")
        with pytest.raises(SessionError, match="trials to go"):
            test.result()
    test.give_up()
    assert not test.is_running
    with pytest.raises(SessionError, match="was given up"):
        test.result()
    for call in (lambda: test.sound("X"), lambda: test.answer("A")):
        with pytest.raises(SessionError, match="has ended"):
            call()


def test_a_finished_test_cannot_be_given_up() -> None:
    test = AbxTest("naive", "auto", trials=5, seed=1)
    for _ in range(5):
        test.answer("B")
    test.give_up()
    assert test.is_finished
    assert test.result().trials == 5
    with pytest.raises(SessionError):
        test.answer("B")


def test_what_makes_no_test_is_refused() -> None:
    with pytest.raises(SessionError, match="two variants"):
        AbxTest("auto", "auto")
    with pytest.raises(SessionError, match=r"4 trials; allowed: 5 to 100"):
        AbxTest("auto", "naive", trials=FEWEST_TRIALS - 1)
    assert chance_of(FEWEST_TRIALS, FEWEST_TRIALS) < 0.05 < chance_of(FEWEST_TRIALS - 1, FEWEST_TRIALS - 1)
    test = AbxTest("auto", "naive")
    with pytest.raises(SessionError, match="allowed: A, B"):
        test.answer("X")
    with pytest.raises(ValueError, match="allowed: 0 to 3"):
        chance_of(4, 3)
