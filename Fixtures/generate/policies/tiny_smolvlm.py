"""A SmolVLM with a handful of tokens and widths of some numbers, as files that LeRobot's SmolVLA opens."""

import json
from pathlib import Path

# The padding token is the third: its row in a new table of tokens is zero.
WORDS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *"abcdefghijklm"]
SPECIAL = ["<global-img>", "<fake_token_around_image>", "<image>", "<end_of_utterance>"]
SIDE = 32


def config_json(text: dict) -> dict:
    """Of the model; `text` changes its text_config."""
    return {
        "architectures": ["SmolVLMForConditionalGeneration"], "model_type": "smolvlm",
        "image_token_id": len(WORDS) + 2, "pad_token_id": len(WORDS) + 3, "scale_factor": 2,
        "tie_word_embeddings": False, "torch_dtype": "float32",
        "text_config": {
            "model_type": "llama", "architectures": ["VLlama3ForCausalLM"],
            "vocab_size": len(WORDS) + len(SPECIAL), "hidden_size": 16, "intermediate_size": 20,
            "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
            "rms_norm_eps": 1e-5, "rope_theta": 100000, "pad_token_id": 2, "torch_dtype": "float32",
        } | text,
        "vision_config": {
            "model_type": "smolvlm_vision", "hidden_size": 12, "intermediate_size": 14, "num_hidden_layers": 1,
            "num_attention_heads": 2, "image_size": SIDE, "patch_size": 8,
        },
    }  # fmt: skip


def write_model(folder: Path, config: dict) -> None:
    """config.json, a tokenizer of whole words, and what a processor asks for; no weights."""
    from tokenizers import Tokenizer, models

    write_processors(folder, config)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = ("global_image", "fake_image", "image", "end_of_utterance")
    content = {
        "tokenizer_class": "PreTrainedTokenizerFast", "processor_class": "SmolVLMProcessor",
        "bos_token": WORDS[1], "eos_token": SPECIAL[3], "pad_token": WORDS[2], "unk_token": WORDS[0],
        "extra_special_tokens": {f"{name}_token": token for name, token in zip(special, SPECIAL, strict=True)},
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(content))


def write_processors(folder: Path, config: dict) -> None:
    """config.json, and what a processor asks for."""
    files = {
        "config": config,
        "preprocessor_config": {
            "image_processor_type": "SmolVLMImageProcessor", "processor_class": "SmolVLMProcessor",
            "size": {"longest_edge": 64}, "max_image_size": {"longest_edge": SIDE},
            "video_sampling": {"fps": 1, "max_frames": 64, "video_size": {"longest_edge": SIDE}},
        },
        "processor_config": {"image_seq_len": 4, "processor_class": "SmolVLMProcessor"},
    }  # fmt: skip
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))


def place_patches(self, pixel_values, patch_attention_mask):
    """`SmolVLMVisionEmbeddings.forward` with places in whole numbers.

    transformers 4.57 finds them by comparing floats and gives max(i − 1, 0) for the i-th of n rows in float32
    and float64 (Q-SMOLVLA-1); 4.53, and 4.57 in bfloat16, give what stands here.
    """
    import torch

    patches = self.patch_embedding(pixel_values)
    n = self.num_patches_per_side
    row, column = (torch.arange(size) * n // size for size in patches.shape[2:])
    places = (row[:, None] * n + column).flatten()
    return patches.flatten(2).transpose(1, 2) + self.position_embedding(places)
