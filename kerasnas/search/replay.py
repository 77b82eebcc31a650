"""State that is a function of the history, without reading the whole history again at every trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from kerasnas.results import Result

S = TypeVar("S")


class Replay(Generic[S]):
    """Folds a history into a state: `start()`, then `step(state, result)` for each result in turn.

    The last history and its state are kept, so that one that only grew is read from where it had ended. That
    saves time and decides nothing: any other history is folded from the start.

    Args:
        start: makes the state of an empty history.
        step: takes one more result into the state.
    """

    def __init__(self, start: Callable[[], S], step: Callable[[S, Result], None]) -> None:
        self._start = start
        self._step = step
        self._folded: list[Result] = []
        self._state = start()

    def __call__(self, history: Sequence[Result]) -> S:
        """Return the state after `history`; it must not be changed."""
        known = len(self._folded)
        if known > len(history) or self._folded != list(history[:known]):
            self._folded, self._state, known = [], self._start(), 0
        for result in history[known:]:
            self._step(self._state, result)
            self._folded.append(result)
        return self._state
