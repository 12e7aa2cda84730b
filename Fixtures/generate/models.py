"""Vision-language models of some thousand weights, as folders that LeRobot's policies open.

Their tokenizer is that of Fixtures/text/smolvlm.
"""

import json
from pathlib import Path

from generate.golden import Case
from generate.policies.tiny_paligemma import SIZES
from generate.policies.tiny_smolvlm import config_json, write_processors
from generate.text.tiny_tokenizers import write_smolvlm

SEED = 41
VOCABULARY = 3258  # of Fixtures/text/gemma
# Checkpoints beside what is narrow are small enough to store; a table of tokens is most of one.
NARROW = {
    "hidden_size": 4, "intermediate_size": 6, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 2,
}  # fmt: skip
NARROW_GEMMA = {"depth": 2, "mlp_dim": 10, "num_heads": 8, "num_kv_heads": 1, "head_dim": 2}
NARROW_PI = {
    "gemma_2b": NARROW_GEMMA | {"width": 4}, "gemma_300m": NARROW_GEMMA | {"width": 6},
    "vision": {
        "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
        "image_size": 16, "patch_size": 8,
    },
}  # fmt: skip


def make(root: Path, name: str, text_type: str, has_weights: bool, sizes: dict) -> None:
    folder = root / "models" / name
    folder.mkdir(parents=True)
    write_smolvlm(folder)
    name_special(folder / "tokenizer_config.json")
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    ids = [token["id"] for token in tokenizer["added_tokens"]] + list(tokenizer["model"]["vocab"].values())
    config = config_json({"vocab_size": max(ids) + 1, "torch_dtype": text_type} | sizes)
    write_processors(folder, config)
    if has_weights:
        write_weights(folder)


def name_special(path: Path) -> None:
    """Names the tokens that LeRobot looks for."""
    config = json.loads(path.read_text())
    config["processor_class"] = "SmolVLMProcessor"
    config["extra_special_tokens"] = {
        "end_of_utterance_token": "<end_of_utterance>", "fake_image_token": "<fake_token_around_image>",
        "global_image_token": "<global-img>", "image_token": "<image>",
    }  # fmt: skip
    path.write_text(json.dumps(config))


def write_weights(folder: Path) -> None:
    import torch
    from safetensors.torch import save_file
    from transformers import AutoConfig, SmolVLMForConditionalGeneration

    torch.manual_seed(SEED)
    model = SmolVLMForConditionalGeneration(AutoConfig.from_pretrained(folder)).to(torch.bfloat16)
    save_file(model.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})


def write_sizes(root: Path, name: str, sizes: dict) -> None:
    """Of a π₀ or π₀.₅ with the tokenizer of Fixtures/text/gemma, as --policy_sizes takes them."""
    folder = root / "models" / name
    folder.mkdir(parents=True)
    (folder / "sizes.json").write_text(json.dumps(sizes | {"vocab_size": VOCABULARY}, indent=1))


def case(name: str, catches: str, text_type: str, has_weights: bool, sizes: dict | None = None) -> Case:
    return Case(
        name=f"models/{name}", files=[f"models/{name}/"], seed=SEED, catches=catches,
        make=lambda root: make(root, name, text_type, has_weights, sizes or {}),
    )


def sizes_case(name: str, catches: str, sizes: dict) -> Case:
    return Case(
        name=f"models/{name}", files=[f"models/{name}/"], seed=SEED, catches=catches,
        make=lambda root: write_sizes(root, name, sizes),
    )


def cases() -> list[Case]:
    return [
        sizes_case("pi", "a run of other sizes", SIZES),
        sizes_case("pi_narrow", "a checkpoint whose sizes are others", NARROW_PI),
        case("smolvlm", "a run that follows another model", "float32", False),
        case("smolvlm_narrow", "a checkpoint whose model is another", "float32", False, NARROW),
        case("smolvlm_bfloat16", "weights that are drawn or kept in another type", "bfloat16", True),
    ]
