"""The ids that transformers' tokenizers give texts, and the tokenizers themselves.

Fixtures/text/KIND/ holds a tokenizer's files and tokens.jsonl. A line of it is a text with its ids, or a
batch of texts with how they are laid out, their ids and their mask.
"""

import json
from pathlib import Path

from generate.golden import Case
from generate.text.odd_tokenizers import ODD, ODD_TOKENS
from generate.text.sentences import layouts, texts
from generate.text.tiny_tokenizers import KINDS

SEED = 23


def answers(folder: Path, texts: list[str], layouts: list[dict]) -> list[dict]:
    """What transformers makes of texts with the tokenizer of a folder."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    lines = [{"text": text, "ids": tokenizer(text).input_ids} for text in texts]
    standard = tokenizer.truncation_side
    for layout in layouts:
        # Fewer than the tokens around a text make the library stop.
        layout = layout | {"max_length": max(layout["max_length"], tokenizer.num_special_tokens_to_add())}
        tokenizer.truncation_side = layout["truncation_side"] or standard
        made = tokenizer(
            layout["texts"], max_length=layout["max_length"], truncation=True, padding=layout["padding"],
            padding_side=layout["padding_side"],
        )
        lines.append(layout | {"ids": made.input_ids, "mask": made.attention_mask})
    return lines


def make(root: Path, folder: str, write, specials: list[str], count: int) -> None:
    path = root / "text" / folder
    path.mkdir(parents=True)
    write(path)
    some = texts(SEED, count, specials)
    batches = layouts(SEED, some, count // 10)
    # The tokenizer's own side.
    batches[0]["truncation_side"] = None
    lines = answers(path, some, batches)
    (path / "tokens.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


def case(folder: str, write, specials: list[str], count: int, catches: str) -> Case:
    return Case(
        name=f"text/{folder}", files=[f"text/{folder}/"], seed=SEED, catches=catches,
        make=lambda root: make(root, folder, write, specials, count),
    )


def cases() -> list[Case]:
    catches = {
        "smolvlm": "a digit of another script joined to a word, or a text cut at its end",
        "gemma": "merges by length instead of rank, or bytes in the place of a known character",
        "qwen": "a line break that goes to the next word, or marks that are not composed",
    }
    kinds = [case(kind, write, specials, 500, catches[kind]) for kind, (write, specials) in KINDS.items()]
    catch = "a flag of an added token, a fallback or a way to split that is passed over"
    return kinds + [case(f"odd/{name}", write, ODD_TOKENS, 120, catch) for name, write in ODD.items()]
