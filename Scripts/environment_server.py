#!/usr/bin/env python3
"""Serves environments of Python to lerobot-train, as Documentation/EnvironmentProtocol.md describes.

    environment_server.py SOCKET MEMORY LIFELINE

The arguments are descriptors that the program has opened: a Unix socket for messages, shared memory for
observations, and a pipe that is closed when the program is gone. What is printed reaches the program on
other descriptors, so environments may print. Needs gymnasium and NumPy; LeRobot 0.4.2 for its own environments.
"""

import os
import random
import signal
import sys
import traceback

from environment_serving.observations import Failure, is_picture
from environment_serving.program import Channel, Memory, end_with
from environment_serving.slots import Slot
from environment_serving.sources import SOURCES, LeRobotSource, missing, require

PROTOCOL = 1


def seed_generators(seed: int | None) -> None:
    """LeRobot's `set_seed`: some environments draw from the process's generators (Q-METAWORLD-1)."""
    if seed is None:
        return
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)



class Server:
    """Answers requests, one after the other."""

    def __init__(self, memory: Memory):
        self.memory = memory
        self.source = None
        self.slots: dict[int, Slot] = {}
        self.reseeds = False

    def answer(self, request: dict) -> dict:
        return getattr(self, "do_" + request["do"])(request)

    def do_open(self, request: dict) -> dict:
        """Which tasks there are; makes no environment."""
        require("gymnasium")
        require("numpy")
        fields = request["environment"]
        make = SOURCES.get(fields["type"], LeRobotSource)
        self.source = make(fields, request["count"], request["trust_remote_code"])
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        return {"tasks": self.source.tasks()}

    def do_make(self, request: dict) -> dict:
        seed = request["seed"]
        self.reseeds = request["reseeds"]
        seed_generators(seed)
        for index in request["indices"]:
            if self.reseeds and seed is not None:
                seed_generators(seed + index)
            self.slots[index] = self.source.slot(request["group"], request["task"], index)
        first = next(iter(self.slots.values()))
        if not first.episode_length:
            raise Failure("its episodes have no limit; give one: --env.episode_length=STEPS")
        return {
            "action_width": first.action_width,
            "episode_length": first.episode_length,
            "frames_per_second": first.frames_per_second,
            "autoreset": first.autoreset,
        }

    def do_reset(self, request: dict) -> dict:
        index, seed = request["index"], request["seed"]
        if self.reseeds:
            seed_generators(seed)
        return self.observed(index, self.slots[index].reset(seed))

    def do_step(self, request: dict) -> dict:
        index = request["index"]
        observation, reward, terminated, truncated, succeeded = self.slots[index].step(request["action"])
        result = {"reward": reward, "terminated": terminated, "truncated": truncated, "success": succeeded}
        return self.observed(index, observation) | result

    def do_render(self, request: dict) -> dict:
        import numpy as np

        index = request["index"]
        frame = self.slots[index].render()
        if frame is None or not is_picture(np.asarray(frame)):
            raise Failure("it renders no picture [H, W, 3] of bytes")
        return {"features": self.written(("frame", index), {"frame": np.asarray(frame)})}

    def observed(self, index: int, observation: dict) -> dict:
        return {"features": self.written(index, observation), "instruction": self.slots[index].instruction}

    def written(self, owner, observation: dict) -> list:
        """Writes pictures as bytes [H, W, 3] and all else as float32."""
        import numpy as np

        arrays = [value if is_picture(value) else value.astype(np.float32) for value in observation.values()]
        offsets = self.memory.write(owner, arrays)
        return [
            {"name": name, "type": array.dtype.name, "shape": list(array.shape), "offset": offset}
            for name, array, offset in zip(observation, arrays, offsets)
        ]

    def close(self) -> None:
        for slot in self.slots.values():
            slot.environment.close()


def reason(error: BaseException) -> str:
    """One line; the traceback is among what was printed."""
    if isinstance(error, ModuleNotFoundError):
        return str(missing(error))
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def main() -> None:
    socket, memory, lifeline = map(int, sys.argv[1:4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The program ends this process.
    end_with(lifeline)
    os.closerange(max(socket, memory, lifeline) + 1, 4096)
    sys.path.pop(0)  # The folder of this file.
    channel, server = Channel(socket), Server(Memory(memory))
    channel.send({"protocol": PROTOCOL, "python": sys.version.split()[0]})
    while (request := channel.receive()) is not None:
        try:
            answer = server.answer(request)
        except Failure as error:
            answer = {"error": str(error)}
        except BaseException as error:  # An environment may even ask the process to end.
            traceback.print_exc()
            answer = {"error": reason(error)}
        channel.send(answer)
    try:
        server.close()
    finally:
        os._exit(0)  # Simulators complain when the interpreter takes them apart.


if __name__ == "__main__":
    main()
