"""SmolVLA's published vision-language model in shape, with random weights: no Python beyond its own is needed.

    python3 Scripts/benching/models.py FOLDER [SHARDS]
"""

import json
import random
import shutil
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# A small model's: its tokenizer, and what names its special tokens.
SMALL = ROOT / "Fixtures/models/smolvlm_bfloat16"
TEXT = {
    "model_type": "llama", "architectures": ["VLlama3ForCausalLM"], "vocab_size": 49280, "hidden_size": 960,
    "intermediate_size": 2560, "num_hidden_layers": 32, "num_attention_heads": 15, "num_key_value_heads": 5,
    "head_dim": 64, "rms_norm_eps": 1e-5, "rope_theta": 100000, "pad_token_id": 2, "torch_dtype": "bfloat16",
}  # fmt: skip
VISION = {
    "model_type": "smolvlm_vision", "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "image_size": 512, "patch_size": 16,
}  # fmt: skip
FACTOR = 4


def linear(name: str, outputs: int, inputs: int, has_bias: bool = True) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs)} | ({f"{name}.bias": (outputs,)} if has_bias else {})


def text_shapes() -> dict[str, tuple[int, ...]]:
    width, hidden, head = TEXT["hidden_size"], TEXT["intermediate_size"], TEXT["head_dim"]
    queries, keys = head * TEXT["num_attention_heads"], head * TEXT["num_key_value_heads"]
    found = {"model.text_model.embed_tokens.weight": (TEXT["vocab_size"], width)}
    for layer in range(TEXT["num_hidden_layers"]):
        name = f"model.text_model.layers.{layer}"
        for part, outputs, inputs in [
            ("self_attn.q_proj", queries, width), ("self_attn.k_proj", keys, width),
            ("self_attn.v_proj", keys, width), ("self_attn.o_proj", width, queries),
            ("mlp.gate_proj", hidden, width), ("mlp.up_proj", hidden, width), ("mlp.down_proj", width, hidden),
        ]:  # fmt: skip
            found |= linear(f"{name}.{part}", outputs, inputs, has_bias=False)
        found |= {f"{name}.{norm}.weight": (width,) for norm in ("input_layernorm", "post_attention_layernorm")}
    return found | {"model.text_model.norm.weight": (width,), "lm_head.weight": (TEXT["vocab_size"], width)}


def vision_shapes() -> dict[str, tuple[int, ...]]:
    width, hidden, patch = VISION["hidden_size"], VISION["intermediate_size"], VISION["patch_size"]
    tower, places = "model.vision_model", (VISION["image_size"] // patch) ** 2
    found = {
        f"{tower}.embeddings.patch_embedding.weight": (width, 3, patch, patch),
        f"{tower}.embeddings.patch_embedding.bias": (width,),
        f"{tower}.embeddings.position_embedding.weight": (places, width),
    }
    for layer in range(VISION["num_hidden_layers"]):
        name = f"{tower}.encoder.layers.{layer}"
        for part in ("k_proj", "v_proj", "q_proj", "out_proj"):
            found |= linear(f"{name}.self_attn.{part}", width, width)
        found |= linear(f"{name}.mlp.fc1", hidden, width) | linear(f"{name}.mlp.fc2", width, hidden)
        for norm in ("layer_norm1", "layer_norm2"):
            found |= {f"{name}.{norm}.{part}": (width,) for part in ("weight", "bias")}
    found |= {f"{tower}.post_layernorm.{part}": (width,) for part in ("weight", "bias")}
    joined = width * FACTOR * FACTOR
    return found | linear("model.connector.modality_projection.proj", TEXT["hidden_size"], joined, has_bias=False)


def count(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def write_file(path: Path, shapes: dict[str, tuple[int, ...]], block: bytes) -> None:
    """bfloat16: norms are 1, biases 0, and all others what the block repeats."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, shape in shapes.items():
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end := end + 2 * count(shape)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes.items():
            size = 2 * count(shape)
            is_vector = len(shape) == 1
            source = (bytes(2) if name.endswith("bias") else struct.pack("<H", 0x3F80)) * 4096 if is_vector else block
            file.write(source * (size // len(source)) + source[: size % len(source)])


def make(folder: Path, shards: int = 1) -> None:
    """config.json, tokenizer, processor and weights, in one file or in as many of nearly one size."""
    folder.mkdir(parents=True)
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json", "processor_config.json"):
        shutil.copy(SMALL / name, folder / name)
    config = json.loads((SMALL / "config.json").read_text())
    config |= {"scale_factor": FACTOR, "text_config": TEXT, "vision_config": VISION}
    (folder / "config.json").write_text(json.dumps(config))
    draw = random.Random(7)
    # An odd length, so that rows differ; the upper half of a float32 is a bfloat16.
    block = b"".join(struct.pack("<f", draw.gauss(0, 0.02))[2:] for _ in range(500_009))
    shapes = vision_shapes() | text_shapes()
    if shards == 1:
        return write_file(folder / "model.safetensors", shapes, block)
    total = sum(map(count, shapes.values()))
    parts: list[dict] = [{} for _ in range(shards)]
    places, before = {}, 0
    for name, shape in shapes.items():
        part = min(before * shards // total, shards - 1)
        parts[part][name], before = shape, before + count(shape)
        places[name] = f"model-{part + 1:05}-of-{shards:05}.safetensors"
    for part in parts:
        write_file(folder / places[next(iter(part))], part, block)
    index = {"metadata": {"total_size": 2 * total}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
