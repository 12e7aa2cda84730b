"""What LeRobot's Python is asked to measure; each task prints JSON on its last line.

    PYTHON Scripts/benching/peer.py versions | gemm [cuda] | flops SKIPPED ARGUMENTS | save ARGUMENTS
                                    | load SECONDS BATCH WORKERS:ROOT … | simulation | aloha | planning [SECONDS]
"""

import json
import math
import sys
import time


def best_seconds(body, repetitions: int = 12) -> float:
    body()
    found = math.inf
    for _ in range(repetitions):
        start = time.perf_counter()
        body()
        found = min(found, time.perf_counter() - start)
    return found


def versions() -> dict:
    import lerobot
    import torch
    import torchcodec

    return {"lerobot": lerobot.__version__, "torch": torch.__version__, "torchcodec": torchcodec.__version__,
            "threads": torch.get_num_threads(), "cuda": torch.cuda.is_available()}  # fmt: skip


def gemm(device: str = "cpu") -> dict[str, float]:
    """GFLOP/s of the fastest product of float32 matrices, by library; on a GPU by precision."""
    import torch

    size = 3072 if device == "cpu" else 8192
    a, b = torch.randn(size, size, device=device), torch.randn(size, size, device=device)
    if device == "cpu":
        blocked, one, two = a.to_mkldnn(), a.numpy(), b.numpy()
        # The same product: a pixel is a row, a channel a column.
        picture = a.view(1, 48, 64, size).permute(0, 3, 1, 2)
        kernel = b.view(size, size, 1, 1).contiguous(memory_format=torch.channels_last)
        bodies = {
            "torch.mm": lambda: a @ b,
            "oneDNN": lambda: torch._C._nn.mkldnn_linear(blocked, b, None),
            "oneDNN convolution": lambda: torch.nn.functional.conv2d(picture, kernel),
            "NumPy": lambda: one @ two,
        }
    else:
        torch.backends.cuda.matmul.allow_tf32 = True
        half = a.bfloat16()

        def waited(body):
            body()
            torch.cuda.synchronize()

        bodies = {"TF32": lambda: waited(lambda: a @ b), "bf16": lambda: waited(lambda: half @ half)}
    return {name: 2 * size**3 / best_seconds(body) / 1e9 for name, body in bodies.items()}


def run_training(arguments: list[str]) -> None:
    from lerobot.scripts import lerobot_train

    sys.argv[1:] = arguments
    lerobot_train.main()


def flops(skipped: str, *arguments: str) -> dict[str, float]:
    """Floating-point operations of the products and convolutions of one update, two a multiplication.

    The updates before it are skipped: a policy's first phase may compute something else.
    """
    from torch.utils.flop_counter import FlopCounterMode

    from lerobot.scripts import lerobot_train

    class Counted(Exception):
        pass

    update, counter = lerobot_train.update_policy, FlopCounterMode(display=False)
    left = int(skipped)

    def counted(*positional, **named):
        nonlocal left
        if left > 0:
            left -= 1
            return update(*positional, **named)
        with counter:
            update(*positional, **named)
        raise Counted

    lerobot_train.update_policy = counted
    try:
        run_training(list(arguments))
    except Counted:
        pass
    return {"flops": counter.get_total_flops()}


def save(*arguments: str) -> list[float]:
    """Seconds of each save_checkpoint of a training."""
    from lerobot.scripts import lerobot_train

    save_checkpoint, found = lerobot_train.save_checkpoint, []

    def timed(*positional, **named):
        start = time.perf_counter()
        save_checkpoint(*positional, **named)
        found.append(time.perf_counter() - start)

    lerobot_train.save_checkpoint = timed
    run_training(list(arguments))
    return found


def load(seconds: str, size: str, *combinations: str) -> dict[str, float]:
    """Batches a second of LeRobot's loader, shuffled, as its training script sets it up.

    A combination is WORKERS:ROOT, measured for some seconds. Ask for many workers first: what the parent has
    decoded itself is open in the workers it forks.
    """
    return {text: loading(float(seconds), int(size), *text.split(":", 1)) for text in combinations}


def loading(least: float, size: int, workers: str, root: str) -> float:
    import torch

    from lerobot.datasets.lerobot_dataset import LeRobotDataset

    torch.manual_seed(1000)
    dataset, count = LeRobotDataset("local/bench", root=root), int(workers)
    loader = torch.utils.data.DataLoader(
        dataset, num_workers=count, batch_size=size, shuffle=True, pin_memory=False, drop_last=False,
        prefetch_factor=2 if count else None,
    )  # fmt: skip

    def endless():
        while True:
            yield from loader

    stream, batches = endless(), 0
    # The first opens files and starts workers, and the next ones were loaded ahead meanwhile.
    for _ in range(1 + 2 * count):
        next(stream)
    start = time.perf_counter()
    while time.perf_counter() - start < least or batches < 2 * max(count, 1):
        next(stream)
        batches += 1
    return batches / (time.perf_counter() - start)


def simulation() -> dict[str, float]:
    """Seconds of processor time that a step, a picture and a reset of gym_pusht take."""
    import gym_pusht  # noqa: F401
    import gymnasium
    import numpy

    def environment(kind):
        return gymnasium.make("gym_pusht/PushT-v0", obs_type=kind, render_mode="rgb_array",
                              disable_env_checker=True).unwrapped  # fmt: skip

    def seconds(count, body):
        start = time.process_time()
        for index in range(count):
            body(index)
        return (time.process_time() - start) / count

    def steps(kind, count, renders=False):
        env = environment(kind)
        env.reset(seed=1)

        def body(index):
            if index % 300 == 299:
                env.reset()
            action = [250 + 100 * math.sin(index / 20), 250 + 120 * math.cos(index / 31)]
            env.step(numpy.array(action, numpy.float32))
            if renders:
                env.render()

        return seconds(count, body)

    corners = environment("environment_state_agent_pos")
    return {
        "step": steps("environment_state_agent_pos", 1500),
        "step, 96x96 pixels": steps("pixels_agent_pos", 600),
        "step, 96x96 pixels, 384x384 video": steps("pixels_agent_pos", 400, True),
        "reset": seconds(300, lambda index: corners.reset(seed=index)),
    }


def aloha() -> dict[str, float]:
    """Seconds of processor time that a step of gym_aloha takes, which draws three pictures, with and without a video."""
    import gym_aloha  # noqa: F401
    import gymnasium
    import numpy

    def steps(count, renders=False):
        env = gymnasium.make("gym_aloha/AlohaTransferCube-v0", obs_type="pixels_agent_pos",
                             disable_env_checker=True).unwrapped  # fmt: skip
        env.reset(seed=1)
        arm = [0, -0.96, 1.16, 0, -0.3, 0, 0.5] * 2
        start = time.process_time()
        for index in range(count):
            action = [value + 0.2 * math.sin(index / 20 + joint) for joint, value in enumerate(arm)]
            env.step(numpy.array(action, numpy.float32))
            if renders:
                env.render()
        return (time.process_time() - start) / count

    return {"ALOHA, step, picture": steps(30), "ALOHA, step, picture, video": steps(30, True)}


def planning(least: str = "5") -> dict[str, float]:
    """Seconds that a TD-MPC of default size takes to plan an action, as in Sources/bench-planning."""
    import torch

    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.policies.tdmpc.configuration_tdmpc import TDMPCConfig
    from lerobot.policies.tdmpc.modeling_tdmpc import TDMPCPolicy

    shapes = {"observation.image": (FeatureType.VISUAL, (3, 96, 96)), "observation.state": (FeatureType.STATE, (2,))}
    config = TDMPCConfig(
        device="cpu", n_action_repeats=1,
        input_features={key: PolicyFeature(*feature) for key, feature in shapes.items()},
        output_features={"action": PolicyFeature(FeatureType.ACTION, (2,))},
    )  # fmt: skip

    def seconds(environments: int) -> float:
        torch.manual_seed(1000)
        policy = TDMPCPolicy(config).eval()
        observation = {key: torch.full((environments, *shape), 0.5) for key, (_, shape) in shapes.items()}
        policy.select_action(observation)
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < float(least):
            policy.select_action(observation)
            count += 1
        return (time.perf_counter() - start) / count

    return {"1 environment": seconds(1), "10 environments": seconds(10)}


if __name__ == "__main__":
    tasks = {task.__name__: task for task in (versions, gemm, flops, save, load, simulation, aloha, planning)}
    answer = tasks[sys.argv[1]](*sys.argv[2:])
    print(json.dumps(answer), flush=True)
