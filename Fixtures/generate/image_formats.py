"""Pictures in the formats beside PNG and JPEG, as LeRobot reads them.

formats.json: per picture the file's bytes, the expected [height, width, 3] bytes and the bug it would
catch. `lerobot` is the type and shape of LeRobot's own tensor (the `datasets` image feature, then
torchvision's ToTensor). Where that is float32 [3, H, W], the expected bytes are that tensor's. Anything
else no policy can use as it is: then they are Pillow's `convert("RGB")`, or the high byte of 16 bits.
"""

import io
import json
import struct
from pathlib import Path

import numpy as np
from generate.golden import Case
from generate.image_files import exif, saved
from generate.images import rgb, text
from PIL import Image

SEED = 11


def bmp(rows: list[bytes], width: int, bits: int, compression=0, palette=b"", masks=b"", top_down=False) -> bytes:
    """A BMP of rows from the top, written by hand so that every kind occurs."""
    data = b"".join(row + bytes(-len(row) % 4) for row in (rows if top_down else rows[::-1]))
    return bmp_around(data, width, -len(rows) if top_down else len(rows), bits, compression, palette, masks)


def bmp_around(data: bytes, width: int, height: int, bits: int, compression=0, palette=b"", masks=b"") -> bytes:
    size = 40 if len(masks) < 16 else 108
    extra = masks if size == 40 else masks + bytes(size - 40 - len(masks))
    offset = 14 + 40 + len(extra) + len(palette)
    head = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(data), 0, 0, len(palette) // 4, 0)
    return b"BM" + struct.pack("<IHHI", offset + len(data), 0, 0, offset) + head + extra + palette + data


def os2_bmp(rows: list[bytes], width: int) -> bytes:
    data = b"".join(row + bytes(-len(row) % 4) for row in rows[::-1])
    head = struct.pack("<IHHHH", 12, width, len(rows), 1, 24)
    return b"BM" + struct.pack("<IHHI", 26 + len(data), 0, 0, 26) + head + data


def tiff_big_endian(samples: np.ndarray, kind: str) -> bytes:
    """An uncompressed RGB TIFF in Motorola's byte order, of 8 or 16 bits."""
    height, width, count = samples.shape
    bits = samples.dtype.itemsize * 8
    data = samples.astype(kind).tobytes()
    entries = [
        (256, 3, 1, width << 16), (257, 3, 1, height << 16), (258, 3, 3, 8), (259, 3, 1, 1 << 16),
        (262, 3, 1, 2 << 16), (273, 4, 1, 14), (277, 3, 1, count << 16), (278, 3, 1, height << 16),
        (279, 4, 1, len(data)),
    ]  # fmt: skip
    table = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    head = b"MM\0*" + struct.pack(">I", 14 + len(data)) + struct.pack(">HHH", bits, bits, bits)
    return head + data + struct.pack(">H", len(entries)) + table + bytes(4)


def riff(chunk: bytes, body: bytes) -> bytes:
    return chunk + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def number24(value: int) -> bytes:
    return struct.pack("<I", value)[:3]


def webp_in_a_corner(picture: Image.Image) -> bytes:
    """An animation whose first frame begins at (4, 2) of a larger canvas."""
    still = saved(picture, format="WEBP", lossless=True)[12:]
    width, height = picture.size
    frame = b"".join(map(number24, (2, 1, width - 1, height - 1, 100))) + b"\2" + still
    head = riff(b"VP8X", bytes([2, 0, 0, 0]) + number24(width + 8) + number24(height + 5))
    body = head + riff(b"ANIM", bytes(6)) + riff(b"ANMF", frame)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def gif_in_a_corner(data: bytes) -> bytes:
    """The same GIF on a larger screen, its frame moved to (3, 2)."""
    width, height = struct.unpack("<HH", data[6:10])
    frame = data.index(b"," + bytes(4) + struct.pack("<HH", width, height))
    moved = data[: frame + 1] + struct.pack("<HH", 3, 2) + data[frame + 5 :]
    return moved[:6] + struct.pack("<HH", width + 5, height + 4) + moved[10:]


def webps(smooth: np.ndarray, noise: np.ndarray, alpha: np.ndarray):
    picture, turned = Image.fromarray(smooth), exif(6)
    see_through = Image.fromarray(np.concatenate([smooth, alpha], -1), "RGBA")
    yield "webp lossy", saved(picture, format="WEBP", quality=60), "another chroma upsampling than libwebp's"
    yield "webp lossless", saved(Image.fromarray(noise), format="WEBP", lossless=True), "a lossless picture read as a lossy one"
    yield "webp lossy with alpha", saved(see_through, format="WEBP", quality=60), "colours multiplied by alpha"
    yield "webp lossless with alpha", saved(see_through, format="WEBP", lossless=True, exact=True), "colours multiplied by alpha"
    yield "webp turned", saved(picture, format="WEBP", lossless=True, exif=turned), "EXIF in a chunk ignored"
    frames = dict(save_all=True, append_images=[Image.fromarray(255 - smooth)], duration=100)
    yield "webp animated", saved(picture, format="WEBP", lossless=True, **frames), "an animation refused, or another frame than the first"
    yield "webp animated lossy", saved(picture, format="WEBP", quality=60, **frames), "a frame's chunk decoded otherwise than a file"
    yield "webp animated in a corner", webp_in_a_corner(picture), "a frame that is smaller than the picture misplaced"


def bmps(noise: np.ndarray, indices: np.ndarray, random: np.random.Generator):
    height, width, _ = noise.shape
    blue_first = [row[:, ::-1].tobytes() for row in noise]
    yield "bmp 24 bits", bmp(blue_first, width, 24), "rows from the bottom taken for rows from the top"
    yield "bmp 24 bits from the top", bmp(blue_first, width, 24, top_down=True), "a negative height"
    yield "bmp of OS/2", os2_bmp(blue_first, width), "a header of 12 bytes"
    fourth = np.concatenate([noise[..., ::-1], noise[..., :1]], -1).astype(np.uint8)
    four = [row.tobytes() for row in fourth]
    yield "bmp 32 bits", bmp(four, width, 32), "the unused byte taken for alpha"
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield "bmp 32 bits with alpha", bmp(four, width, 32, 3, masks=masks), "colours multiplied by alpha"
    words = random.integers(0, 65536, (height, width)).astype("<u2")
    packed = [row.tobytes() for row in words]
    yield "bmp 16 bits", bmp(packed, width, 16), "5 bits widened otherwise than Pillow widens them"
    yield "bmp 16 bits green 6", bmp(packed, width, 16, 3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F)), "5 or 6 bits widened otherwise than Pillow widens them"
    palette = random.integers(0, 256, (256, 4)).astype(np.uint8)
    palette[:, 3] = 0
    yield "bmp palette", bmp([row.tobytes() for row in indices], width, 8, palette=palette.tobytes()), "indices taken for brightness"
    few = indices % 16
    nibbles = [np.pad(row, (0, 1))[: (width + 1) // 2 * 2].reshape(-1, 2) @ np.array([16, 1]) for row in few]
    yield "bmp palette of 16", bmp([row.astype(np.uint8).tobytes() for row in nibbles], width, 4, palette=palette[:16].tobytes()), "the halves of a byte swapped"
    yield "bmp grey", saved(Image.fromarray(indices), format="BMP"), "a grey palette taken for none"
    yield "bmp one bit", saved(Image.fromarray(indices % 2 == 0), format="BMP"), "black and white swapped"
    runs = b"".join(b"".join(bytes([2, value]) for value in row[::2]) + b"\0\0" for row in indices[::-1]) + b"\0\1"
    yield "bmp runs", bmp_around(runs, width + width % 2, height, 8, 1, palette.tobytes()), "runs taken for pixels"


def gifs(indices: np.ndarray, palette: bytes, smooth: np.ndarray):
    picture = Image.fromarray(indices, "P")
    picture.putpalette(palette)
    whole = saved(picture, format="GIF", interlace=0)
    yield "gif", whole, "indices taken for brightness"
    yield "gif interlaced", saved(picture, format="GIF", interlace=1), "rows in the order of the file"
    see_through = saved(picture, format="GIF", interlace=0, transparency=int(indices[0, 0]))
    yield "gif with transparency", see_through, "a transparent pixel that loses its colour"
    other = Image.fromarray(255 - indices, "P")
    other.putpalette(palette[::-1])
    yield "gif animated", saved(picture, format="GIF", interlace=0, save_all=True, append_images=[other]), "another frame than the first"
    yield "gif grey", saved(Image.fromarray(indices), format="GIF", interlace=0), "a grey palette taken for none"
    yield "gif in a corner", gif_in_a_corner(whole), "what surrounds the frame left white"
    yield "gif in a corner with transparency", gif_in_a_corner(see_through), "what surrounds the frame left white"


def tiffs(noise: np.ndarray, indices: np.ndarray, palette: bytes):
    picture = Image.fromarray(noise)
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield f"tiff {compression}", saved(picture, format="TIFF", compression=compression), "a compression read as another"
    yield "tiff grey", saved(Image.fromarray(indices), format="TIFF"), "one channel read as three"
    yield "tiff with alpha", saved(Image.fromarray(np.dstack([noise, indices]), "RGBA"), format="TIFF"), "colours multiplied by alpha"
    mapped = Image.fromarray(indices, "P")
    mapped.putpalette(palette)
    yield "tiff palette", saved(mapped, format="TIFF"), "indices taken for brightness"
    yield "tiff one bit", saved(Image.fromarray(indices % 2 == 0), format="TIFF"), "black and white swapped"
    wide = noise.astype(np.uint16) * 256 + 255 - noise
    yield "tiff grey 16 bits", saved(Image.fromarray(wide[..., 0]), format="TIFF"), "numbers limited to 255, or wrapped"
    yield "tiff big endian", tiff_big_endian(noise, "u1"), "Motorola's byte order"
    yield "tiff big endian 16 bits", tiff_big_endian(wide, ">u2"), "the low byte kept"
    yield "tiff turned", saved(picture, format="TIFF", tiffinfo={274: 6}), "the orientation ignored"


def pictures(seed: int):
    """(name, the file's bytes, the bug it would catch)."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:13, 0:17]
    smooth = np.stack([13 * x, 17 * y, 255 - 8 * (x + y)], -1).clip(0, 255).astype(np.uint8)
    alpha = ((x * 37 + y * 91) % 256).astype(np.uint8)[..., None]
    noise = random.integers(0, 256, (7, 11, 3)).astype(np.uint8)
    indices = random.integers(0, 256, (7, 11)).astype(np.uint8)
    palette = random.integers(0, 256, 768).astype(np.uint8).tobytes()
    yield from webps(smooth, noise, alpha)
    yield from bmps(noise, indices, random)
    yield from gifs(indices, palette, smooth)
    yield from tiffs(noise, indices, palette)


def entry(name: str, data: bytes, bug: str) -> dict:
    from datasets import Image as ImageFeature
    from torchvision.transforms import ToTensor

    decoded = ImageFeature().decode_example({"bytes": data, "path": None})
    tensor = ToTensor()(decoded)
    if tensor.is_floating_point() and tensor.shape[0] == 3:
        pixels = (tensor * 255).round().byte().permute(1, 2, 0).numpy()
    else:
        pixels = rgb(decoded)
    height, width, _ = pixels.shape
    kind = f"{str(tensor.dtype).removeprefix('torch.')} {list(tensor.shape)}"
    return dict(
        name=name, catches=bug, lerobot=kind, file=text(data), width=width, height=height, pixels=text(pixels.tobytes())
    )


def make_formats(root: Path) -> None:
    entries = [entry(*picture) for picture in pictures(SEED)]
    (root / "images/formats.json").write_text(json.dumps(entries, indent=1) + "\n")


def cases() -> list[Case]:
    return [
        Case(
            name="images/formats",
            files=["images/formats.json"],
            seed=SEED,
            catches="pixels other than LeRobot's, for any WebP, BMP, GIF or TIFF (each picture names its own bug)",
            make=make_formats,
        )
    ]
