"""A server of environments that needs nothing but Python, and does wrong what its task says.

    server.py SOCKET MEMORY LIFELINE

It is the twin of Tests/Support/ScriptedEnvironment.swift; its task is `good`, or what goes wrong from the third
step on. Its process number goes into the file that the variable FAKE_SERVER_LOG names.
"""

import json
import os
import signal
import struct
import sys
import time

SOCKET, MEMORY = int(sys.argv[1]), int(sys.argv[2])
LIMIT = 6


class Scripted:
    def __init__(self, index: int, region: int):
        self.index, self.region = index, region
        self.start, self.time = 5, 0

    def reset(self, seed):
        self.start = self.start + 7 if seed is None else seed
        self.time = 0
        return self.observation()

    def step(self, action):
        self.time += 1
        ended = self.time >= 3 + self.start % 5 and self.start % 4 != 3
        reward = 0.25 * action[0] - self.start / 8 + 0.01 * self.time
        return self.observation() | {
            "reward": reward, "terminated": ended, "truncated": False, "success": ended and self.start % 2 == 0,
        }  # fmt: skip

    def observation(self):
        first = self.start * 31 + self.time * 7
        pixels = bytes((first + k) % 256 for k in range(5 * 6 * 3))
        numbers = [self.start / 4, self.time / 8, self.start]
        os.pwrite(MEMORY, pixels.ljust(96, b"\0") + struct.pack("<3f", *numbers), self.region)
        features = [
            ("observation.image", "uint8", [5, 6, 3], 0),
            ("observation.state", "float32", [2], 96),
            ("observation.environment_state", "float32", [1], 104),
        ]
        return {
            "features": [
                {"name": name, "type": kind, "shape": shape, "offset": self.region + offset}
                for name, kind, shape, offset in features
            ],
            "instruction": f"push {self.index}",
        }

    def render(self):
        os.pwrite(MEMORY, bytes([(self.start * 5 + self.time) % 256]) * 768, self.region + 128)
        return {"features": [{"name": "frame", "type": "uint8", "shape": [16, 16, 3], "offset": self.region + 128}]}


def receive() -> dict | None:
    header = os.read(SOCKET, 4)
    if len(header) < 4:
        return None
    size, text = struct.unpack("<I", header)[0], b""
    while len(text) < size:
        text += os.read(SOCKET, size - len(text))
    return json.loads(text)


def send(answer) -> None:
    text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    os.write(SOCKET, struct.pack("<I", len(text)) + text)


def spoiled(task: str, answer: dict):
    """What the server of a task answers instead."""
    features = answer["features"]
    if task == "dies":
        print("the last\x1b words")
        sys.stderr.write("of a simulator\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    if task == "exits":
        sys.exit(7)
    if task in ("hangs", "late"):
        time.sleep(3600)
    if task == "garbage":
        return b"{no json"
    if task == "long":
        os.write(SOCKET, struct.pack("<I", 2**31))
    if task == "nan_reward":
        answer["reward"] = float("nan")
    if task == "no_reward":
        del answer["reward"]
    if task == "nan_state":
        os.pwrite(MEMORY, struct.pack("<f", float("nan")), features[1]["offset"])
    if task == "shape":
        features[1]["shape"] = [3]
    if task == "huge":
        features[0]["shape"] = [2**40, 2**40, 3]
    if task == "outside":
        features[0]["offset"] = 2**40
    if task == "shrinks":
        os.ftruncate(MEMORY, 0)
    if task == "reports":
        return {"error": "the block\nleft the table"}
    if task == "prints":
        print("y" * 300_000, flush=True)
    return answer


def main() -> None:
    if "FAKE_SERVER_LOG" in os.environ:
        with open(os.environ["FAKE_SERVER_LOG"], "a") as log:
            log.write(f"{os.getpid()}\n")
    task, steps, worlds = "", 0, {}
    send({"protocol": int(os.environ.get("FAKE_SERVER_PROTOCOL", "1"))})
    while (request := receive()) is not None:
        do = request["do"]
        if do == "open":
            task = request["environment"]["task"]
            groups = {"suites": [["easy", 0], ["easy", 1], ["hard", 0]]}
            answer = {"tasks": groups.get(task, [["scripted", 0]])}
            if task == "unknown":
                answer = {"error": "--env.task=unknown: there is none"}
        elif do == "make":
            worlds = {index: Scripted(index, 1024 * place) for place, index in enumerate(request["indices"])}
            os.ftruncate(MEMORY, 1024 * len(worlds))
            answer = {
                "action_width": 1, "episode_length": LIMIT, "frames_per_second": 5,
                "autoreset": "next_step" if task == "next_step" else "same_step",
            }  # fmt: skip
        elif do == "reset":
            answer = worlds[request["index"]].reset(request["seed"])
        elif do == "render":
            answer = worlds[request["index"]].render()
        else:
            steps += 1
            answer = worlds[request["index"]].step(request["action"])
            if steps >= 3:
                answer = spoiled(task, answer)
        send(answer)


if __name__ == "__main__":
    main()
