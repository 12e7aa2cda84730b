"""The command lines that are asked about: each kind of value for each kind of field in both dialects,
the grammar of options, files and checkpoints, and random mixtures."""

import random

from generate.config.parser import BASE, ENVIRONMENTS, POLICIES

SEED = 5
FILE = ["--config_path={root}/train_config.json"]

BOOLEANS = ["true", "false", "True", "FALSE", "yes", "off", "null", "1", "0", '"true"', "y", "tRue", ""]
INTEGERS = [
    "7", "-3", "+5", "0", "1_000", "0x1F", "010", "08", "0b11", "1:30", "1e3", "2.0", "abc", "", "null", "None",
    "true", '"7"', "' 9 '", " 4 ", "1__0", "_1", "1_", "٣", "9223372036854775807", "[1]", "{}", "7 # seven", "- 1",
]
FLOATS = [
    "1", "-2", "1e-5", "1.5e-3", "1E5", ".5", "5.", "-.5", "+1.5", "inf", "-inf", ".inf", "-.INF", "nan", ".NaN",
    "Infinity", "1_0.5", "1:30.5", "null", "true", "abc", "5e", "1.e+3", '"0.1"', "0x1p3", "[0.1]", "1,5", "٣.٥", "",
]
TEXTS = [
    "abc", "123", "1.50", "1e3", "true", "Yes", "null", "~", "None", "a: b", "a:b", "a #b", "a#b", "[a, b]", "{a: 1}",
    "'q'", '"q\\n"', "it's", "@x", "*x", "&a b", "!!str 5", "! 5", "!x y", "%d", "`c`", "- a", "? a", "|", ">", "=", "<<",
    "2024-01-01", "2024-1-2 3:04:05.5 +1", "2024-01-01T00:00:00Z", "12:30:45", "0o17", "010", "+12e03", "include x",
    "a=b", "", " ", "a  b", "日本", "a\tb", "{", "}", "[", "]", ",", "'", '"', "a,b", "#", "---", "...", "a\nb", "\\",
    "[1, [2, {a: null}], 'x']", "{'1': 2, b: null}", "{a: {b: c}}", "[]", "{}", '{"a": [1.0, "b"]}', "-", "--x", "-x", "-1",
]
LISTS = [
    "[0,1]", "[ 0 , 1 ]", "[]", "null", "0,1", "0", '["0"]', "[0.5]", "[true]", "[null]", "[[1]]", "{}", "{a: 1}", "(0, 1)",
    '"[1]"', "[1,", "- 1", "[0:3]", "[1_0]", "",
]
PAIRS = ["[84, 84]", "[84]", "[1, 2, 3]", "null", "84", '"12"', "12", "[84, x]", "[84.0, 84]", "{a: 1, b: 2}", "[]", '["1", "2"]']
BETAS = ["[0.9, 0.99]", "[1, 0.5]", '["0.9", "0.99"]', "[0.9]", "0.9", "null", "[.5, 1e-1]"]
DICTIONARIES = [
    '{"a": "b"}', "{a: b}", "{}", "null", "[]", "[[a, b]]", '[["a", "b"]]', "[ab]", "a", "{a: null}", "{a: 1}", "{a: [1]}",
    "{1: 2}", "{a: b", "{a: {b: c}}", "{<<: {a: b}, c: d}", "{? a : b}", "{a}",
]
MODES = ['{"ACTION": "MIN_MAX"}', "{ACTION: MEAN_STD}", "{ACTION: mean_std}", "{x: QUANTILE10}", "{x: QUANTILES10}", "null", "{a: 1}"]
PATHS = ["a/b", "a//b/", "./a", "a/./b", "/x/y", "//x", "///x", ".", "", "~", "~/x", "1", "1.5", "true", "null", "a b", "[a]", "../a/"]

VALUES = {
    "wandb.enable": BOOLEANS, "seed": INTEGERS, "steps": INTEGERS[::4], "policy.optimizer_lr": FLOATS,
    "policy.temporal_ensemble_coeff": FLOATS[:12], "job_name": TEXTS, "wandb.project": TEXTS[::6], "dataset.episodes": LISTS,
    "policy.tags": LISTS[::3], "rename_map": DICTIONARIES, "policy.normalization_mapping": MODES, "output_dir": PATHS,
    "policy.private": BOOLEANS, "policy.replace_final_stride_with_dilation": BOOLEANS[:3] + INTEGERS[:3],
    "policy.pretrained_path": PATHS[:6],
}  # fmt: skip

OTHERS = [
    ("diffusion", "crop_shape", PAIRS), ("diffusion", "down_dims", ["[8, 16]", "[]", "null", "[8, 16, 32, 64]", '["8"]', "8", '"84"']),
    ("diffusion", "optimizer_betas", BETAS[:2]), ("diffusion", "horizon", ["8", "9", "0"]), ("diffusion", "prediction_type", ["sample", "v"]),
    ("diffusion", "noise_scheduler_type", ["DDIM", "ddim"]), ("diffusion", "vision_backbone", ["vgg", "resnet34"]),
    ("smolvla", "optimizer_grad_clip_norm", ["5", "5.0"]), ("smolvla", "rtc_config.enabled", ["true"]),
    ("smolvla", "rtc_config", ["{enabled: true}", "null"]), ("smolvla", "rtc_config.max_guidance_weight", ["0", "2"]),
    ("smolvla", "rtc_config.prefix_attention_schedule", ["EXP", "exp"]), ("smolvla", "use_delta_joint_actions_aloha", ["true"]),
    ("pi0", "dtype", ["bfloat16", "float16"]), ("pi05", "chunk_size", ["20", "60"]), ("pi0", "optimizer_betas", BETAS),
    ("pi05", "paligemma_variant", ["gemma_7b"]), ("groot", "chunk_size", ["20"]), ("groot", "warmup_ratio", ["0.1", "0.00019"]),
    ("tdmpc", "n_action_steps", ["2"]), ("tdmpc", "normalization_mapping", ['{"ACTION": "MEAN_STD"}', "{}"]),
    ("tdmpc", "n_gaussian_samples", ["0"]), ("vqbet", "optimizer_betas", BETAS[:2]), ("vqbet", "vision_backbone", ["x"]),
    ("sac", "critic_network_kwargs.hidden_dims", ["[64]"]), ("sac", "actor_learner_config.queue_get_timeout", ["2", "3.5"]),
    ("sac", "dataset_stats", ["null", '{"a": {"mean": [1, 2]}}']), ("sac", "device", ["null"]), ("sac", "actor_lr", ["0.1"]),
    ("reward_classifier", "grad_clip_norm", ["3"]), ("act", "device", ["tpu", "null"]),
]  # fmt: skip

GRAMMAR = [
    ["--step=5"], ["--s=5"], ["--policy.dim=3"], ["--log=7"], ["--policy.bogus=1"], ["--bogus", "5"], ["foo"], ["--", "foo"], ["--steps", "--", "3"],
    ["--steps", "3"], ["--steps"], ["--seed", "-1"], ["--seed", "-1.5"], ["--seed", "--x"], ["--job_name", "-x"], ["--job_name", "a b"],
    ["--job_name", "--a b"], ["--job_name", "-a b"], ["--job_name", ""], ["--steps=1", "--steps=2"], ["-h1"], ["-x"], ["-"], [""], ["--"],
    ["--wandb.enable"], ["--no-wandb.enable"], ["--rename_map.a=b"], ["--policy=act"], ["--policy=act", "--policy.chunk_size=3"],
    ["--policy={type: act, chunk_size: 7, n_action_steps: 7, push_to_hub: false}"], ["--policy={type: nope}"], ["--policy=null"],
    ["--policy={type: act, bogus: 1, push_to_hub: false}"], ["--dataset={repo_id: x/y}"], ["--dataset={}"], ["--dataset=null"], ["--eval=[]"],
    ["--eval={n_episodes: 60}"], ["--eval=null"], ["--eval.n=3"], ["--eval.batch_size=60"], ["--env=null"], ["--env.task=x"], ["--env={type: pusht, fps: 3}"],
    ["--image_transforms={}"], ["--rtc_config={}"], ["--observation=1"], ["--dataset.image_transforms={enable: true}"], ["--policy.horizon=16"],
    ["--dataset.image_transforms.tfs={x: {type: Identity}, y: {kwargs: {a: [1, 2.5, b]}, weight: 2}}"], ["--dataset.image_transforms.tfs={x: {bogus: 1}}"],
    ["--checkpoint_path=x"], ["--optimizer.lr=3"], ["--optimizer.type=sgd", "--optimizer.momentum=0.9"], ["--optimizer.type=sgd", "--optimizer.betas=[0.9,0.9]"],
    ["--scheduler.num_warmup_steps=3"], ["--scheduler.type=diffuser"], ["--scheduler.type=vqbet"], ["--use_policy_training_preset=false"],
    ["--use_policy_training_preset=false", "--optimizer.type=adamw", "--optimizer.grad_clip_norm=1", "--scheduler.type=diffuser", "--scheduler.name=linear"],
    ["--use_policy_training_preset=false", "--optimizer.type=multi_adam", '--optimizer.optimizer_groups={"a": {"lr": 1}}', "--scheduler.type=vqbet",
     "--scheduler.num_warmup_steps=1", "--scheduler.num_vqvae_training_steps=2"],
    ["--policy.push_to_hub=true"], ["--policy.push_to_hub=true", "--policy.repo_id=u/x"], ["--policy.push_to_hub=true", "--policy.repo_id="], ["--resume=true"],
    ["--policy.type=nope"], ["--policy.type"], ["--policy.typ=act"], ["--policy.type", "diffusion"], ["--env.type=nope"], ["--env.robot.type=x"], ["--output_dir={root}/run"],
    ['--policy.input_features={"observation.state": {"type": "STATE", "shape": [2]}}'], ["--policy.input_features={a: {type: VISUAL, shape: [3, 4, 5]}}"],
    ["--policy.input_features={a: {type: STATE}}"], ["--policy.input_features={a: {type: STATE, shape: 3}}"], ["--policy.input_features={a: {type: STATE, shape: '34'}}"],
    ["--policy.n_action_steps=80"], ["--policy.chunk_size=5"], ["--policy.n_obs_steps=2"], ["--policy.vision_backbone=vgg"], ["--policy.chunk_size=5", "--policy.n_action_steps=5"],
    ["--policy.use_vae=no", "--policy.kl_weight=1", "--seed=~"], ["--help=1"], ["--config_path"], ["--policy.path"], ["--policy.path="], ["--config_path="],
]  # fmt: skip

FILES = [
    ["--config_path={root}"], ["--config_path", "{root}/train_config.json"], ["--config={root}/train_config.json"], ["--config_path={root}/nothing.json"],
    ["--config_path={root}/train_config.json", "--policy.type=diffusion"], ["--config_path={root}/train_config.json", "--env.type=aloha"],
    ["--config_path={root}/act/config.json"], ["--config_path={root}/train_config.json", "--optimizer.type=sgd"],
    ["--config_path={root}/train_config.json", '--policy={"type": "act", "dim_model": 64}'], ["--config_path={root}/train_config.json", "--config_path=x"],
    ["--dataset.repo_id=a/b", "--policy.path={root}/act"], ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.push_to_hub=false"],
    ["--dataset.repo_id=a/b", "--policy.path={root}/act/", "--policy.push_to_hub=false", "--policy.dim_m=64", "--policy.use_vae=false"],
    ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.chunk_size", "5"], ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.horizon=8"],
    ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.bogus=8"], ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.type=act"],
    ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.type="], ["--dataset.repo_id=a/b", "--policy.path={root}/act", "--policy.path=x"],
    ["--dataset.repo_id=a/b", "--policy.path={root}/nothing"], ["--dataset.repo_id=a/b", "--policy.path={root}/train_config.json"],
    ["--config_path={root}/train_config.json", "--policy.path={root}/diffusion", "--policy.crop_shape=null"],
    ["--config_path={root}/train_config.json", "--policy.path={root}/sac"], ["--config_path={root}/train_config.json", "--policy.path={root}/smolvla", "--policy.chunk_size=20"],
    ["--config_path={root}/train_config.json", "--policy.path={root}/smolvla", '--policy.rtc_config={"enabled": true}', "--policy.n_action_steps=20"],
    ["--config_path={root}/run/checkpoints/000010/pretrained_model/train_config.json", "--resume=true"],
    ["--config_path={root}/run/checkpoints/000010/pretrained_model/train_config.json", "--resume=true", "--steps=40", "--optimizer.lr=1"],
    ["--config_path={root}/run/checkpoints/000010/pretrained_model/train_config.json"], ["--resume=true", *BASE],
    ["--config_path={root}/run/checkpoints/000010/pretrained_model/train_config.json", "--resume=true", "--output_dir=elsewhere"],
]  # fmt: skip


def lines() -> list[list[str]]:
    """Every line, the two dialects side by side where they differ."""
    found = [BASE, [], ["--policy.type=act"], ["--dataset.repo_id=a/b"], *FILES]
    for policy in POLICIES:
        found.append([a.replace("type=act", f"type={policy}") for a in BASE])
    found += [[*BASE, f"--env.type={name}"] for name in ENVIRONMENTS]
    found += [[*BASE, "--env.type=pusht", "--env.obs_type=environment_state_agent_pos", "--env.observation_height=96"],
              [*BASE, "--env.type=libero", "--env.obs_type=x"], [*BASE, "--env.type=aloha", "--env.obs_type=pixels"],
              [*BASE, "--env.type=gym_manipulator", "--env.processor.gripper.use_gripper=false", "--env.processor.image_preprocessing={crop_params_dict: {a: [1, 2, 3, 4]}}"]]  # fmt: skip
    for name, values in VALUES.items():
        for value in values:
            found += [[*BASE, f"--{name}={value}"], [*FILE, f"--{name}={value}"]]
    for policy, name, values in OTHERS:
        base = [a.replace("type=act", f"type={policy}") for a in BASE]
        found += [[*base, f"--policy.{name}={value}"] for value in values]
    for line in GRAMMAR:
        # Beside {root}/train_config.json a resumed run would name what lies outside {root}.
        found += [[*BASE, *line]] + ([[*FILE, *line]] if line != ["--resume=true"] else [])
    return found + mixtures(random.Random(SEED), 150)


def mixtures(generator: random.Random, count: int) -> list[list[str]]:
    found = []
    for _ in range(count):
        line = list(generator.choice([BASE, FILE]))
        # Texts that are no YAML would hide beside a file what the other values mean in YAML.
        names = [name for name in VALUES if line == BASE or VALUES[name][0] not in (TEXTS[0], PATHS[0])]
        for _ in range(generator.randint(2, 5)):
            name = generator.choice(names)
            value = generator.choice(VALUES[name])
            text = f"--{name[: generator.randint(max(1, len(name) - 3), len(name))]}"
            line += [f"{text}={value}"] if generator.random() < 0.8 else [text, value]
        found.append(line)
    return found
