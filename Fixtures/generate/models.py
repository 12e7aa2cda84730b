"""Vision-language models of some thousand weights, as folders that LeRobot's policies open.

Their tokenizer is that of Fixtures/text/smolvlm.
"""

import json
from pathlib import Path

from generate.golden import Case
from generate.policies.tiny_smolvlm import config_json, write_processors
from generate.text.tiny_tokenizers import write_smolvlm

SEED = 41
VOCABULARY = 3258  # of Fixtures/text/gemma
# A checkpoint beside it is small enough to store; its table of tokens is most of it.
NARROW = {
    "hidden_size": 4, "intermediate_size": 6, "num_hidden_layers": 2, "num_attention_heads": 2,
    "num_key_value_heads": 1, "head_dim": 2,
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


def write_sizes(root: Path) -> None:
    """Of a π₀ or π₀.₅ with the tokenizer of Fixtures/text/gemma, as --policy_sizes takes them."""
    from generate.policies.tiny_paligemma import SIZES

    folder = root / "models/pi"
    folder.mkdir(parents=True)
    (folder / "sizes.json").write_text(json.dumps(SIZES | {"vocab_size": VOCABULARY}, indent=1))


def case(name: str, catches: str, text_type: str, has_weights: bool, sizes: dict | None = None) -> Case:
    return Case(
        name=f"models/{name}", files=[f"models/{name}/"], seed=SEED, catches=catches,
        make=lambda root: make(root, name, text_type, has_weights, sizes or {}),
    )


def cases() -> list[Case]:
    return [
        Case(
            name="models/pi", files=["models/pi/"], seed=SEED, catches="a run of other sizes", make=write_sizes,
        ),
        case("smolvlm", "a run that follows another model", "float32", False),
        case("smolvlm_narrow", "a checkpoint whose model is another", "float32", False, NARROW),
        case("smolvlm_bfloat16", "weights that are drawn or kept in another type", "bfloat16", True),
    ]
