"""Time the bilevel step of the DARTS supernet, alone or in turn with a checkout of the PyTorch port pt.darts.

    python benchmarks/darts_step.py [--peer DIR --peer-python PYTHON] [--steps N] [--orders 1 2]
        [--checkpointing] [--hypernetwork KIND] [--out FILE]

Each measurement runs in a process of its own: C=16, 8 layers, 4 nodes, batch 16, 32x32x3 random images.
Prints, and writes as JSON: seconds of every step, seconds from the start of the process to the end of the
first step, nodes of the traced graph, peak memory, and the multiply-adds per second that the step reaches.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

BATCH, SIZE, CHANNELS, LAYERS = 16, 32, 16, 8
FORWARD_MACS = 300_255_744  # per image, of the reference count
# Passes in units of a forward pass: with gradients for weights and activations a pass costs 3, without the
# weights' 2. First order: one of each. Second order: three of the first kind, two of the second.
PASSES = {1: 3 + 2, 2: 3 * 3 + 2 * 2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", help="checkout of pt.darts")
    parser.add_argument("--peer-python", default=sys.executable, help="a Python that has torch")
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--orders", type=int, nargs="+", default=[1, 2], choices=[1, 2])
    parser.add_argument("--checkpointing", action="store_true", help="recompute activations: less memory, more time")
    parser.add_argument("--hypernetwork", choices=["linear", "mlp", "structured"], help="makes the weights; order 1")
    parser.add_argument("--out", help="JSON file to write")
    parser.add_argument("--child", choices=["ours", "peer"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        measure = measure_ours if options.child == "ours" else measure_peer
        print("RESULT " + json.dumps(measure(options)), flush=True)
        return
    report = {"machine": machine(), "command": "python " + " ".join(sys.argv), "runs": []}
    for order in options.orders:
        for who in ("ours", "peer") if options.peer else ("ours",):
            run = {"who": who, "order": order} | in_child(options, who, order)
            report["runs"].append(run)
            print(json.dumps(run), flush=True)
    if options.out:
        Path(options.out).write_text(json.dumps(report, indent=1) + "\n")


def in_child(options: argparse.Namespace, who: str, order: int) -> dict:
    python = sys.executable if who == "ours" else options.peer_python
    command = [python, __file__, "--child", who, "--orders", str(order), "--steps", str(options.steps)]
    command += ["--peer", options.peer] if options.peer else []
    command += ["--checkpointing"] if options.checkpointing else []
    command += ["--hypernetwork", options.hypernetwork] if options.hypernetwork else []
    environment = os.environ | {"STARTED": str(time.time())}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    results = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not results:
        sys.exit(f"darts_step: the run of {who!r}, order {order}, failed:\n{done.stderr[-3000:]}")
    return json.loads(results[-1].removeprefix("RESULT "))


def measure_ours(options: argparse.Namespace) -> dict:
    sys.path.insert(0, str(Path(__file__).parent.parent))
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import numpy as np

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        # Parallel operations of one thread each: see darts_notes.md.
        tf.config.threading.set_inter_op_parallelism_threads(os.cpu_count() or 1)
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    from kerasnas.darts import darts_supernet
    from kerasnas.darts.hypernetworks import HypernetworkChoice

    supernet = darts_supernet(
        (SIZE, SIZE, 3),
        10,
        CHANNELS,
        LAYERS,
        seed=0,
        checkpointing=options.checkpointing,
        hypernetwork=options.hypernetwork and HypernetworkChoice(options.hypernetwork),
    )
    order = options.orders[0]
    supernet.compile(order=order)
    generator = np.random.default_rng(0)
    x = generator.normal(size=(BATCH, SIZE, SIZE, 3)).astype("float32")
    y = generator.integers(0, 10, BATCH)
    if backend == "tensorflow":
        batch = (tf.constant(x), tf.constant(y))
        step = tf.function(lambda: supernet.train_step((batch, batch)), autograph=False)
        nodes = graph_nodes(step.get_concrete_function())
        seconds, cpu = timed(lambda: float(step()["loss"]), options.steps)
    else:
        nodes = None
        supernet.make_train_function()
        seconds, cpu = timed(jax_step(supernet, (x, y)), options.steps)
    return summary(seconds, cpu, order) | {"graph_nodes": nodes, "backend": backend}


def jax_step(supernet, batch):
    import jax

    step = jax.jit(supernet.search_step)
    state = supernet.search_variables()
    values = [jax.tree.map(lambda v: v.value, state)]

    def run():
        values[0], loss, _ = step(values[0], (batch, batch))
        return float(loss)

    return run


def graph_nodes(function) -> int:
    graph = function.graph.as_graph_def()
    return len(graph.node) + sum(len(f.node_def) for f in graph.library.function)


def measure_peer(options: argparse.Namespace) -> dict:
    import types

    for name in ("torchvision", "torchvision.datasets", "torchvision.transforms"):
        sys.modules[name] = types.ModuleType(name)  # imported by the checkout, not needed for a step
    sys.modules["torchvision"].datasets = sys.modules["torchvision.datasets"]
    sys.path.insert(0, options.peer)
    import torch
    from architect import Architect
    from models.search_cnn import SearchCNNController

    net = SearchCNNController(3, CHANNELS, 10, LAYERS, torch.nn.CrossEntropyLoss(), device_ids=[0])
    weights = torch.optim.SGD(net.weights(), 0.025, momentum=0.9, weight_decay=3e-4)
    alphas = torch.optim.Adam(net.alphas(), 3e-4, betas=(0.5, 0.999), weight_decay=1e-3)
    architect = Architect(net, 0.9, 3e-4)
    x, y = torch.randn(BATCH, 3, SIZE, SIZE), torch.randint(0, 10, (BATCH,))

    def step() -> float:
        alphas.zero_grad()
        if options.orders[0] == 2:
            architect.unrolled_backward(x, y, x, y, 0.025, weights)
        else:
            net.loss(x, y).backward()
        alphas.step()
        weights.zero_grad()
        loss = net.loss(x, y)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.weights(), 5.0)
        weights.step()
        return float(loss)

    return summary(*timed(step, options.steps), options.orders[0])


def timed(step, count: int) -> tuple[list[float], list[float]]:
    """Seconds by the clock and of CPU; the first entry of the first list counts from the process' start."""
    step()
    seconds, cpu = [time.time() - float(os.environ["STARTED"])], []
    for _ in range(count):
        clock, used = time.perf_counter(), time.process_time()
        step()
        seconds.append(time.perf_counter() - clock)
        cpu.append(time.process_time() - used)
    return seconds, cpu


def summary(seconds: list[float], cpu: list[float], order: int) -> dict:
    best = min(seconds[1:])
    macs = PASSES[order] * FORWARD_MACS * BATCH
    return {
        "first_step_done_s": round(seconds[0], 1),
        "step_s": [round(s, 2) for s in seconds[1:]],
        "step_cpu_s": [round(s, 2) for s in cpu],
        "best_step_s": round(best, 3),
        "gmacs_per_s": round(macs / best / 1e9, 1),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def machine() -> dict:
    import numpy as np

    a = np.random.default_rng(0).normal(size=(2048, 2048)).astype("float32")
    times = []
    for _ in range(5):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    return {
        "cpu": model.partition(":")[2].strip() or platform.processor(),
        "cores": os.cpu_count(),
        "matrix_product_gmacs_per_s": round(2048**3 / min(times) / 1e9),
        "load_average_at_start": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    main()
