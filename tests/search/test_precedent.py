from kerasnas.genome import parse
from kerasnas.model.cost import cost
from kerasnas.results import Protocol, Result
from kerasnas.search.objective import FAILED, Fitness
from kerasnas.search.precedent import accuracy_to_win, most_alike

PROTOCOL = Protocol("digits", "", "28x28x1", 10, 0.1, 1.0, 3, 0, 32, 0.01, 0)
CHILD = "NC 8 3 relu;RC 16 3 relu;FL relu"
ALIKE = Result("NC 8 5 relu;RC 16 3 relu;FL relu", 1000, validation_accuracy=80.0)
OTHER = Result("NC 4 1 tanh;RC 4 1 gelu;FL tanh", 100, validation_accuracy=70.0)


def test_the_most_alike_is_the_one_with_the_most_words_in_common():
    assert most_alike(CHILD, [OTHER, ALIKE, OTHER]) == ALIKE.genome
    assert most_alike(CHILD, [OTHER]) == OTHER.genome
    assert most_alike(CHILD, []) == ""
    failed = Result(CHILD, status="failed")
    assert most_alike(CHILD, [failed, OTHER]) == OTHER.genome


def test_without_a_penalty_the_best_accuracy_is_to_be_beaten():
    assert accuracy_to_win(CHILD, [OTHER, ALIKE], Fitness(), PROTOCOL) == 80.0
    assert accuracy_to_win(CHILD, [], Fitness(), PROTOCOL) is None
    assert accuracy_to_win(CHILD, [Result(CHILD, status="failed")], Fitness(), PROTOCOL) is None


def test_with_a_penalty_a_smaller_network_needs_less():
    fitness = Fitness(penalty=10)
    small, large = "NC 1 1 relu;FL relu", "NC 64 7 relu;RC 64 7 relu;FL relu"
    needed = {genome: accuracy_to_win(genome, [ALIKE], fitness, PROTOCOL) for genome in (small, large)}
    assert needed[small] < 80.0 < needed[large]
    for genome, accuracy in needed.items():
        won = Result(genome, cost(parse(genome), (28, 28, 1), 10).parameters, validation_accuracy=accuracy)
        assert abs(fitness(won) - fitness(ALIKE)) < 1e-9
    assert fitness(Result(small, status="failed")) == FAILED
