"""Texts that a tokenizer may meet: tasks and prompts, and all that is hard to cut into words.

Everything is drawn from a seeded generator, so that Scripts/compare_tokenizers makes the same texts.
"""

import random
import unicodedata

FIXED = [
    "", " ", "  ", "\n", "\r\n", "\t", "\n\n  \n", " \n", "\u00a0", "\u2028", "a", "A", "'", "''", "'s", " 's", "'S",
    "'\u017f", "'\u017f a", "'LL", "'ll'Ve", "don't", "DON'T", "it\u2019s", "0", "10", "\u00b2", "\u2167", "\u0663",
    "x\u00b2+y\u00b2", "\u2581", "a\u2581b", " \u2581 ", "\u0300", "e\u0301", "\u00e9", "\u1e9b\u0323", "\uac00",
    "\u1100\u1161\u11a8", "\u0f73\u0f71", "\U0001f469\u200d\U0001f680", "\U0001f1eb\U0001f1f7", "\ufeff", "\u0000",
    "\u200d", "\ufffd", "\U0010ffff", "\U000e0001", "<0x0A>", "<unk>", "\u0130", "\u01c5", "\u00df", "\ufb01",
]
VERBS = "pick place push pull open close stack grasp lift rotate insert move fold wipe pour sort".split()
THINGS = (
    "cube block bottle drawer cup banana towel peg socket lid handle box plate sponge screwdriver T-shape lego_brick"
).split()
COLORS = "red green blue yellow black white transparent".split()
PLACES = "into the box|onto the plate|to the left|in the bin|on top of the other one|next to it|away".split("|")
FOREIGN = [
    "Ramasse la bouteille déjà posée", "Öffne die Tür", "把瓶子放进盒子里。", "ボトルを箱に入れて", "병을 상자에 넣어",
    "Поставь бутылку в коробку", "Βάλε το μπουκάλι στο κουτί", "ضع الزجاجة في الصندوق", "बोतल को डिब्बे में रखो",
    "ใส่ขวดลงในกล่อง", "שים את הבקבוק בקופסה", "Đặt chai vào hộp", "Şişeyi kutuya koy", "naïve café façade",
]
CONTRACTIONS = "I'll we've it's they're he'd don't I'm can't WON'T You'Re she'LL 'tis o'clock rock'n'roll".split()
EMOJI = ["🤖", "😀", "👩‍🚀", "👍🏽", "🇫🇷", "❤️", "1️⃣", "🏴‍☠️"]
BLANKS = [" ", "  ", "   ", "\n", "\r\n", "\r", "\t", "\u00a0", "\u3000", "\u2003", "\u2028", "\x0b", "\x1c", "\x85"]
PUNCTUATION = [".", ",", "!", "?!", "...", "…", "—", "(", ")", "\"", "“", "/", "\\", "#", "@", "_", "-", "<", ">", "|"]
# Where scripts lie: letters, marks, digits, symbols, and planes beyond the first.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x5FF), (0x600, 0x6FF), (0x900, 0xDFF), (0xE00, 0xFFF),
    (0x1100, 0x11FF), (0x1D00, 0x1FFF), (0x2000, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xA000, 0xABFF),
    (0xAC00, 0xAFFF), (0xF900, 0xFFFF), (0x10000, 0x11FFF), (0x16A00, 0x16FFF), (0x1D100, 0x1D7FF),
    (0x1E000, 0x1EFFF), (0x1F000, 0x1FAFF), (0x20000, 0x20100), (0x30000, 0x33500), (0xE0000, 0xE01FF),
]
DIGITS = [chr(c) for c in range(0x20000) if unicodedata.category(chr(c)) in ("Nd", "Nl", "No")]
MARKS = [chr(c) for c in range(0x20000) if unicodedata.combining(chr(c))]


def character(draw: random.Random) -> str:
    while True:
        code = draw.randint(*draw.choice(RANGES))
        if not 0xD800 <= code < 0xE000:
            return chr(code)


def task(draw: random.Random) -> str:
    words = [draw.choice(VERBS), "the", draw.choice(COLORS), draw.choice(THINGS), draw.choice(PLACES)]
    text = draw.choice([" ", " ", " ", "_", "  "]).join(words)
    text = draw.choice([str.capitalize, str.upper, str, str, str.title])(text)
    return text + draw.choice(["", ".", "!", "\n", ".\n", " ", "\r\n"])


def prompt(draw: random.Random) -> str:
    """pi0.5's."""
    bins = " ".join(str(draw.choice([-1, 0, 128, 255, draw.randint(0, 255)])) for _ in range(draw.randint(1, 12)))
    return f"Task: {task(draw).strip().replace('_', ' ')}, State: {bins};\nAction: "


def chat(draw: random.Random) -> str:
    """GR00T's."""
    images = "".join(f"<image {k}><img><IMG_CONTEXT><IMG_CONTEXT></img>" for k in range(1, draw.randint(1, 3)))
    return (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        f"{images}{[task(draw)]}<|im_end|>\n<|im_start|>assistant\n"
    )


def piece(draw: random.Random, specials: list[str]) -> str:
    kind = draw.randint(0, 13)
    if kind == 0:
        return draw.choice(CONTRACTIONS)
    if kind == 1:
        return "".join(draw.choice(DIGITS) for _ in range(draw.randint(1, 3)))
    if kind == 2:
        return str(draw.randint(0, 10 ** draw.randint(1, 9)))
    if kind == 3:
        return "".join(draw.choice(BLANKS) for _ in range(draw.randint(1, 4)))
    if kind == 4:
        return unicodedata.normalize(draw.choice(["NFD", "NFC", "NFKD"]), draw.choice(FOREIGN))
    if kind == 5:
        return draw.choice(EMOJI)
    if kind == 6 and specials:
        return draw.choice(specials)
    if kind == 7:
        return draw.choice(PUNCTUATION) * draw.randint(1, 2)
    if kind == 8:
        return "".join(character(draw) for _ in range(draw.randint(1, 5)))
    if kind == 9:
        marks = "".join(draw.choice(MARKS) for _ in range(draw.randint(1, 3)))
        return draw.choice("aeouAnsck가각ᄀ") + marks
    if kind == 10:
        return "'" + draw.choice("stmdrvlSTMDRVLſ") + draw.choice(["", "e", "l", "E", "L", " "])
    return draw.choice(VERBS + THINGS + COLORS + ["the", "a", "to", "on"])


def mixture(draw: random.Random, specials: list[str]) -> str:
    glue = draw.choice(["", " ", " ", None])
    parts = [piece(draw, specials) for _ in range(draw.randint(1, 7))]
    if glue is not None:
        return glue.join(parts)
    return "".join(part + draw.choice(BLANKS + [""] * 6) for part in parts)


def text(draw: random.Random, specials: list[str]) -> str:
    kind = draw.randint(0, 9)
    if kind <= 1:
        return task(draw)
    if kind == 2:
        return prompt(draw)
    if kind == 3:
        return chat(draw) if "<|im_start|>" in specials and draw.random() < 0.3 else draw.choice(FOREIGN)
    return mixture(draw, specials)


def texts(seed: int, count: int, specials: list[str]) -> list[str]:
    """So many texts, the fixed ones first; `specials` are tokens that may stand in them."""
    draw = random.Random(seed)
    found = (FIXED + specials)[:count]
    return found + [text(draw, specials) for _ in range(count - len(found))]


def layouts(seed: int, texts: list[str], count: int) -> list[dict]:
    """Batches of texts with how they are cut and filled up, as arguments of transformers' tokenizers."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        found.append(
            {
                "texts": [draw.choice(texts) for _ in range(draw.randint(1, 4))],
                "max_length": draw.choice([1, 2, 3, 5, 8, 13, 21, 48, 200]),
                "padding": draw.choice(["longest", "max_length"]),
                "padding_side": draw.choice(["left", "right"]),
                "truncation_side": draw.choice(["left", "right"]),
            }
        )
    return found
