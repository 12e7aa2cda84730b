"""Tokenizers of the three kinds that policies use, trained on sentences.py: small, but with every part
that the real ones have."""

import json
from pathlib import Path

from generate.text.sentences import texts

TRAINING_SEED = 11
SMOLVLM = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SMOLVLM_ADDED = ["<global-img>", "<fake_token_around_image>", "<image>", "<end_of_utterance>", "<row_1_col_1>"]
GEMMA = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<2mass>", "[@BOS@]"]
GEMMA_ADDED = ["<loc0000>", "<loc0001>", "<seg000>"]
QWEN = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<IMG_CONTEXT>", "<img>", "</img>"]


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n")


def train(pre_tokenizer, size: int, specials: list[str], normalizer=None, alphabet: list[str] = []):
    """A byte-pair encoding of so many tokens, as `tokenizers` trains it."""
    from tokenizers import Tokenizer, models, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts(TRAINING_SEED, 3000, []), trainer)
    return tokenizer


def merges_of(model: dict) -> list[tuple[str, str]]:
    return [tuple(merge.split(" ")) if isinstance(merge, str) else tuple(merge) for merge in model["merges"]]


def save(tokenizer, folder: Path, merges_as_strings: bool = False) -> None:
    """Writes tokenizer.json; the library writes merges as pairs, older files hold strings."""
    content = json.loads(tokenizer.to_str())
    if merges_as_strings:
        content["model"]["merges"] = [" ".join(merge) for merge in merges_of(content["model"])]
    write(folder / "tokenizer.json", content)


def declared(tokenizer) -> dict:
    """Added tokens as transformers writes them into tokenizer_config.json."""
    return {
        str(id): {
            "content": token.content, "lstrip": token.lstrip, "normalized": token.normalized,
            "rstrip": token.rstrip, "single_word": token.single_word, "special": token.special,
        }
        for id, token in sorted(tokenizer.get_added_tokens_decoder().items())
    }


def write_smolvlm(folder: Path) -> None:
    """Byte level, each digit alone, cut from the left."""
    from tokenizers import decoders, pre_tokenizers

    tokenizer = train(
        pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        ),
        1100, SMOLVLM, alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SMOLVLM_ADDED)
    save(tokenizer, folder, merges_as_strings=True)
    write(
        folder / "tokenizer_config.json",
        {
            "add_prefix_space": False, "added_tokens_decoder": declared(tokenizer),
            "additional_special_tokens": SMOLVLM_ADDED[:3], "bos_token": "<|im_start|>",
            "eos_token": "<end_of_utterance>", "pad_token": "<|im_end|>", "unk_token": "<|endoftext|>",
            "extra_special_tokens": {"image_token": "<image>"}, "model_max_length": 8192,
            "tokenizer_class": "GPT2Tokenizer", "truncation_side": "left",
        },
    )


def write_gemma(folder: Path) -> None:
    """The whole text is one word, bytes stand for what is unknown, a token goes before every text."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers

    blanks = normalizers.Replace(" ", "▁")
    at_blanks = pre_tokenizers.Split(" ", "merged_with_previous")
    learned = json.loads(train(at_blanks, 900, [], blanks, list("0123456789\n\t▁'")).to_str())["model"]
    pieces = GEMMA + [f"<0x{byte:02X}>" for byte in range(256)]
    pieces += [piece for piece in sorted(learned["vocab"], key=learned["vocab"].get) if piece not in pieces]
    pieces += GEMMA_ADDED
    ids = {piece: id for id, piece in enumerate(pieces)}
    model = models.BPE(vocab=ids, merges=merges_of(learned), unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer, tokenizer.pre_tokenizer = blanks, at_blanks
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in GEMMA])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in GEMMA_ADDED])
    save(tokenizer, folder)
    write(
        folder / "tokenizer_config.json",
        {
            "add_bos_token": True, "add_eos_token": False, "added_tokens_decoder": declared(tokenizer),
            "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>", "unk_token": "<unk>",
            "model_max_length": 1000000000000000019884624838656, "sp_model_kwargs": {},
            "tokenizer_class": "GemmaTokenizer",
        },
    )


def write_qwen(folder: Path) -> None:
    """No tokenizer.json: transformers makes one of vocab.json and merges.txt."""
    from tokenizers import Regex, normalizers, pre_tokenizers
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

    tokenizer = train(
        pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        ),
        1100, [], normalizers.NFC(), pre_tokenizers.ByteLevel.alphabet(),
    )
    model = json.loads(tokenizer.to_str())["model"]
    write(folder / "vocab.json", model["vocab"])
    lines = "\n".join(" ".join(merge) for merge in merges_of(model))
    (folder / "merges.txt").write_text(f"#version: 0.2\n{lines}\n")
    ids = {token: len(model["vocab"]) + index for index, token in enumerate(QWEN)}
    write(folder / "added_tokens.json", ids)
    flags = {"lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True}
    write(
        folder / "tokenizer_config.json",
        {
            "add_prefix_space": False, "added_tokens_decoder": {str(ids[t]): {"content": t, **flags} for t in QWEN},
            "additional_special_tokens": QWEN[1:], "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
            "errors": "replace", "model_max_length": 16384, "tokenizer_class": "Qwen2Tokenizer",
        },
    )


KINDS = {
    "smolvlm": (write_smolvlm, SMOLVLM + SMOLVLM_ADDED),
    "gemma": (write_gemma, GEMMA + GEMMA_ADDED),
    "qwen": (write_qwen, QWEN),
}
