"""What LeRobot's evaluation loop makes of episodes: seeds, the mask, successes, summaries, videos.

`scripted` runs in an environment that anyone can compute by hand, of which Tests/Support has the same in Swift;
`pusht` in PushT with the scripted expert, whose actions are recorded to be played back; `act` in PushT with an
ACT that nobody trained.
"""

import contextlib
import json
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from generate.golden import Case

# Steps after which the scripted environment's episodes are cut off.
LIMIT = 6


def scripted_environment():
    import gymnasium

    class Scripted(gymnasium.Env):
        """Everything follows from where an episode starts, the step and the action."""

        metadata = {"render_modes": ["rgb_array"], "render_fps": 5}
        render_mode = "rgb_array"
        action_space = gymnasium.spaces.Box(-1e9, 1e9, (1,), np.float32)
        observation_space = gymnasium.spaces.Dict(
            {
                "pixels": gymnasium.spaces.Box(0, 255, (5, 6, 3), np.uint8),
                "agent_pos": gymnasium.spaces.Box(-1e9, 1e9, (2,), np.float64),
                "environment_state": gymnasium.spaces.Box(-1e9, 1e9, (1,), np.float64),
            }
        )

        def __init__(self):
            self.start, self.time = 5, 0

        def observation(self) -> dict:
            pixels = np.arange(5 * 6 * 3).reshape(5, 6, 3) + self.start * 31 + self.time * 7
            return {
                "pixels": (pixels % 256).astype(np.uint8),
                "agent_pos": np.array([self.start / 4, self.time / 8]),
                "environment_state": np.array([float(self.start)]),
            }

        def reset(self, seed=None, options=None):
            self.start, self.time = self.start + 7 if seed is None else seed, 0
            return self.observation(), {"is_success": False}

        def step(self, action):
            self.time += 1
            reward = 0.25 * float(action[0]) - self.start / 8 + 0.01 * self.time
            ended = self.time >= 3 + self.start % 5 and self.start % 4 != 3
            info = {"is_success": bool(ended and self.start % 2 == 0)}
            return self.observation(), reward, ended, False, info

        def render(self):
            return np.full((16, 16, 3), (self.start * 5 + self.time) % 256, np.uint8)

    return Scripted()


def make_policy(act, reset):
    """LeRobot evaluates nothing but its own kind of policy."""
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.pretrained import PreTrainedPolicy

    class Acting(PreTrainedPolicy):
        config_class = ACTConfig
        name = "act"

        def __init__(self):
            super().__init__(ACTConfig(device="cpu"))

        def select_action(self, batch):
            return act(batch)

        def reset(self):
            reset()

        def get_optim_params(self):
            return {}

        def forward(self, batch):
            raise NotImplementedError

        def predict_action_chunk(self, batch):
            raise NotImplementedError

    return Acting()


@contextlib.contextmanager
def watched():
    """What `eval_policy` returns, and the videos it writes, on their way through LeRobot's loop."""
    import lerobot.scripts.lerobot_eval as module

    kept = SimpleNamespace(results=[], videos=[])
    original = module.eval_policy, module.write_video

    def evaluate(*arguments, **options):
        kept.results.append(original[0](*arguments, **options))
        return kept.results[-1]

    def write(path, frames, fps):
        kept.videos.append(
            {"path": "/".join(Path(path).parts[-2:]), "fps": fps, "firsts": frames[:, 0, 0, 0].tolist()}
        )

    module.eval_policy, module.write_video = evaluate, write
    try:
        yield kept
    finally:
        module.eval_policy, module.write_video = original


def evaluate(group: str, vector, policy, **options) -> dict:
    """The answer of `eval_policy_all` without its times and without the folder of its videos."""
    from lerobot.scripts.lerobot_eval import eval_policy_all

    def identity(value):
        return value

    with tempfile.TemporaryDirectory() as folder, watched() as kept:
        info = eval_policy_all(
            {group: {0: vector}},
            policy,
            identity,
            identity,
            identity,
            identity,
            videos_dir=Path(folder),
            **options,
        )
        text = json.dumps(info).replace(folder + "/", "")
    info = json.loads(text)
    for key in ["eval_s", "eval_ep_s"]:
        del info["overall"][key]
    videos = sorted(kept.videos, key=lambda video: video["path"])
    return {"options": options, "info": info, "episodes": kept.results[0]["per_episode"], "videos": videos}


def scripted(count: int, **options) -> dict:
    import gymnasium
    import torch

    vector = gymnasium.vector.SyncVectorEnv(
        [lambda: gymnasium.wrappers.TimeLimit(scripted_environment(), LIMIT)] * count,
        autoreset_mode=gymnasium.vector.AutoresetMode.SAME_STEP,
    )
    # TimeLimit has the limit; LeRobot asks for it as gymnasium.make's wrappers answer.
    state = SimpleNamespace(calls=0, first=None)

    def act(batch):
        if state.first is None:
            state.first = {
                key: {"shape": list(value.shape), "type": str(value.dtype), "values": value.flatten().tolist()}
                if torch.is_tensor(value)
                else value
                for key, value in batch.items()
            }
        state.calls += 1
        position = batch["observation.state"]
        corner = batch["observation.environment_state"]
        return position[:, :1] + 0.25 * position[:, 1:] + 0.125 * corner + 0.5 * state.calls

    def reset():
        state.calls = 0

    answer = evaluate("scripted", vector, make_policy(act, reset), **options)
    return {"count": count, **answer, "first_batch": state.first}


def make_scripted(root: Path) -> None:
    answers = [
        scripted(4, n_episodes=10, start_seed=20, max_episodes_rendered=6),
        scripted(1, n_episodes=3, start_seed=None, max_episodes_rendered=1),
        scripted(5, n_episodes=5, start_seed=1000, max_episodes_rendered=0),
    ]
    (root / "evaluation/scripted.json").write_text(json.dumps(answers, indent=1) + "\n")


def make_pusht(root: Path) -> None:
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import torch
    from lerobot.envs.configs import PushtEnv
    from lerobot.envs.factory import make_env
    from safetensors.numpy import save_file

    from generate.pusht.expert import Expert

    count, episodes = 3, 5
    config = PushtEnv(obs_type="environment_state_agent_pos")
    vector = make_env(config, n_envs=count)["pusht"][0]
    actions: list[np.ndarray] = []
    lengths: list[int] = []
    experts: list = []

    def reset():
        experts[:] = [Expert(len(lengths) * count + index) for index in range(count)]
        lengths.append(0)

    def act(batch):
        rows = []
        for expert, environment in zip(experts, vector.envs, strict=True):
            body, agent = environment.unwrapped.block, environment.unwrapped.agent
            pose = np.array([*body.position, body.angle])
            rows.append(expert.target(np.array(agent.position), pose))
        actions.append(np.stack(rows).astype(np.float32))
        lengths[-1] += 1
        return torch.from_numpy(actions[-1])

    answer = evaluate("pusht", vector, make_policy(act, reset), n_episodes=episodes, start_seed=40)
    (root / "evaluation/pusht.json").write_text(
        json.dumps({"count": count, "lengths": lengths, **answer}, indent=1) + "\n"
    )
    save_file({"actions": np.stack(actions)}, root / "evaluation/pusht_actions.safetensors")


def make_act(root: Path) -> None:
    """A checkpoint and what LeRobot makes of it: every episode's actions, chunk after chunk."""
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    import torch
    from lerobot.configs.types import FeatureType, PolicyFeature
    from lerobot.envs.configs import PushtEnv
    from lerobot.envs.factory import make_env
    from lerobot.policies.act.configuration_act import ACTConfig
    from lerobot.policies.act.modeling_act import ACTPolicy
    from lerobot.policies.factory import make_pre_post_processors
    from lerobot.scripts import lerobot_eval

    features = {
        "observation.state": PolicyFeature(FeatureType.STATE, (2,)),
        "observation.environment_state": PolicyFeature(FeatureType.ENV, (16,)),
        "action": PolicyFeature(FeatureType.ACTION, (2,)),
    }
    config = ACTConfig(
        device="cpu", push_to_hub=False, dim_model=16, n_heads=2, dim_feedforward=32, chunk_size=8,
        n_action_steps=8, n_encoder_layers=1, use_vae=False, pretrained_backbone_weights=None,
        input_features={name: feature for name, feature in features.items() if name != "action"},
        output_features={"action": features["action"]},
        normalization_mapping={kind: "MEAN_STD" for kind in ["STATE", "ENV", "ACTION"]},
    )  # fmt: skip
    statistics = {
        name: {"mean": torch.full(feature.shape, 256.0), "std": torch.full(feature.shape, 90.0)}
        for name, feature in features.items()
    }
    torch.manual_seed(7)
    policy = ACTPolicy(config)
    before, after = make_pre_post_processors(config, dataset_stats=statistics)
    folder = root / "evaluation/act"
    for part in [policy, before, after]:
        part.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)

    environment = PushtEnv(obs_type="environment_state_agent_pos", episode_length=40)
    actions, select = [], policy.select_action

    def acting(batch):
        actions.append(after(select(batch)))
        return actions[-1]

    policy.select_action = acting
    count, episodes = 2, 4
    answer = {}
    with torch.no_grad():
        answer = lerobot_eval.eval_policy(
            make_env(environment, n_envs=count)["pusht"][0], policy, *[lambda value: value] * 2, before,
            lambda action: action, episodes, start_seed=100,
        )  # fmt: skip
    steps = torch.stack(actions).unflatten(0, (episodes // count, -1))
    answer = {"episodes": answer["per_episode"], "actions": steps.transpose(1, 2).flatten(0, 1).tolist()}
    (root / "evaluation/act.json").write_text(json.dumps(answer) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="evaluation/scripted",
            files=["evaluation/scripted.json"],
            catches="a mask that ends with the episode, seeds that start anew with each batch",
            make=make_scripted,
            tolerance=1e-12,
        ),
        Case(
            name="evaluation/pusht",
            files=["evaluation/pusht.json", "evaluation/pusht_actions.safetensors"],
            seed=40,
            catches="episodes that go on after their end, or begin anew from the seed",
            make=make_pusht,
            tolerance=1e-12,
        ),
        Case(
            name="evaluation/act",
            files=["evaluation/act/", "evaluation/act.json"],
            seed=7,
            catches="a policy's queue that outlives its episodes, observations under another name",
            make=make_act,
            tolerance=1e-5,
        ),
    ]
