"""Small tokenizers with the parts and flags that the three kinds leave out."""

import json
from pathlib import Path

from generate.text.tiny_tokenizers import declared, merges_of, save, train, write


def small_model(fuse: bool, fallback: bool, without: list[int]):
    """A model of characters and a few merges, in which some characters and bytes are unknown."""
    from tokenizers import models, normalizers, pre_tokenizers

    at_blanks = pre_tokenizers.Split(" ", "merged_with_previous")
    learned = json.loads(train(at_blanks, 160, [], normalizers.Replace(" ", "▁")).to_str())["model"]
    known = [piece for piece in learned["vocab"] if all(ord(c) < 0x80 or c == "▁" for c in piece)]
    pieces = ["<pad>", "<unk>", "<bos>", "<eos>"]
    pieces += [f"<0x{byte:02X}>" for byte in range(256) if byte not in without] if fallback else []
    ids = {piece: id for id, piece in enumerate(pieces + known)}
    merges = [merge for merge in merges_of(learned) if "".join(merge) in ids]
    return models.BPE(vocab=ids, merges=merges, unk_token="<unk>", fuse_unk=fuse, byte_fallback=fallback)


def config(tokenizer, **settings) -> dict:
    standard = {
        "added_tokens_decoder": declared(tokenizer), "pad_token": "<pad>", "unk_token": "<unk>",
        "tokenizer_class": "PreTrainedTokenizerFast",
    }
    return {key: value for key, value in (standard | settings).items() if value is not ...}


def write_unknown(folder: Path, fuse: bool, fallback: bool) -> None:
    """Characters without a token, some of them with the tokens of their bytes."""
    from tokenizers import Tokenizer, normalizers

    tokenizer = Tokenizer(small_model(fuse, fallback, list(range(0xC3, 0xE4))))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.add_special_tokens(["<pad>", "<unk>"])
    save(tokenizer, folder)
    write(folder / "tokenizer_config.json", config(tokenizer))


def write_flags(folder: Path) -> None:
    """Added tokens with all flags, in a file of before added_tokens_decoder."""
    from tokenizers import AddedToken, Tokenizer, normalizers, processors

    tokenizer = Tokenizer(small_model(True, True, []))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(" ", "▁")])
    tokenizer.add_special_tokens(["<pad>", "<unk>", "<bos>", "<eos>"])
    tokenizer.add_tokens(
        [
            AddedToken("cube", single_word=True, normalized=False), AddedToken("<l>", lstrip=True, normalized=False),
            AddedToken("<r>", rstrip=True, normalized=False), AddedToken("<lr>", lstrip=True, rstrip=True),
            AddedToken("the red", normalized=True), AddedToken("the", single_word=True, normalized=True),
            AddedToken("e\u0301", normalized=True), AddedToken("<l><r>", normalized=False),
            AddedToken("bl", normalized=False), AddedToken("black", normalized=False),
        ]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", pair="<bos> $A $B <eos>", special_tokens=[("<bos>", 2), ("<eos>", 3)]
    )
    tokenizer.enable_truncation(9, direction="left")
    tokenizer.enable_padding(direction="left", pad_id=0, pad_token="<pad>")
    save(tokenizer, folder)
    write(folder / "tokenizer_config.json", config(tokenizer, added_tokens_decoder=..., pad_token=...))
    write(folder / "special_tokens_map.json", {"eos_token": {"content": "<eos>", "lstrip": False, "normalized": False,
                                                             "rstrip": False, "single_word": False}})


def write_overruled(folder: Path) -> None:
    """transformers' files overrule tokenizer.json: flags, tokens of their own, the blank before a text."""
    from tokenizers import AddedToken, pre_tokenizers, processors

    tokenizer = train(
        pre_tokenizers.ByteLevel(add_prefix_space=False), 300, ["<pad>"],
        alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False)])
    tokenizer.add_tokens([AddedToken("<x>", normalized=False)])
    save(tokenizer, folder, merges_as_strings=True)
    tokens = declared(tokenizer)
    last = max(map(int, tokens))
    tokens[str(last)]["lstrip"] = True
    tokens[str(last + 1)] = {"content": "<y>", "lstrip": False, "normalized": False, "rstrip": True,
                             "single_word": False, "special": False}
    write(
        folder / "tokenizer_config.json",
        config(tokenizer, added_tokens_decoder=tokens, add_prefix_space=True, unk_token=..., cls_token="<new>",
               additional_special_tokens=["push", "<newer>"], padding_side="left"),
    )


def write_split(folder: Path, behavior: str, invert: bool) -> None:
    """Cut at a text, and at runs of digits."""
    from tokenizers import Tokenizer, pre_tokenizers

    tokenizer = Tokenizer(small_model(False, True, []))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split("e", behavior, invert), pre_tokenizers.Digits(individual_digits=False)]
    )
    tokenizer.add_special_tokens(["<pad>", "<unk>"])
    save(tokenizer, folder)
    write(folder / "tokenizer_config.json", config(tokenizer))


ODD = {
    "unknown_fused": lambda folder: write_unknown(folder, True, True),
    "unknown_apart": lambda folder: write_unknown(folder, False, False),
    "flags": write_flags,
    "overruled": write_overruled,
    "split_removed": lambda folder: write_split(folder, "removed", False),
    "split_contiguous": lambda folder: write_split(folder, "contiguous", True),
    "split_previous": lambda folder: write_split(folder, "merged_with_previous", False),
    "split_next": lambda folder: write_split(folder, "merged_with_next", False),
}
# Tokens that may stand in their texts.
ODD_TOKENS = ["<l>", "<r>", "<lr>", " <l> <r> ", "cube", "the red", "é", "e\u0301", "<x>", "<y>", "<new>", "push", "<pad>",
              "blackbl", "ee", "eee1ee2e", "thered", "cubes", "<bos>"]
