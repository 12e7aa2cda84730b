"""Writes a Parquet file of one row group with plain, uncompressed pages.

Page headers and the file's metadata are Thrift structures in the compact protocol. Only what
`dataset.py` needs is here: no column may hold a null, and lists have a fixed length.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

INT64, FLOAT, BYTE_ARRAY = 2, 4, 6
REQUIRED, REPEATED = 0, 2
UTF8, LIST = 0, 3
PLAIN, RLE = 0, 3
DATA_PAGE = 0


@dataclass
class Column:
    """A leaf and its values, one after the other."""

    path: list[str]  # from the top; for a list its name, "list", "element"
    kind: int
    values: list
    length: int = 0  # of each row's list; 0 for a single value


def write(path: Path, row_count: int, schema: list, columns: list[Column]) -> None:
    """Writes a file.

    `schema` holds, in depth-first order without the root, (name, physical type or None, repetition,
    number of children, converted type or None).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"PAR1")
        chunks = [write_column(file, column) for column in columns]
        root = {4: ("binary", b"schema"), 5: ("i32", sum(1 for _ in top_level(schema)))}
        metadata = thrift({
            1: ("i32", 1),
            2: ("structs", [root, *(schema_element(*entry) for entry in schema)]),
            3: ("i64", row_count),
            4: ("structs", [{
                1: ("structs", chunks),
                2: ("i64", sum(chunk[3][1][7][1] for chunk in chunks)),
                3: ("i64", row_count),
            }]),
        })  # fmt: skip
        file.write(metadata + struct.pack("<I", len(metadata)) + b"PAR1")


def write_column(file, column: Column) -> dict:
    """Writes one page; returns the column's chunk."""
    offset = file.tell()
    levels = list_levels(len(column.values), column.length) if column.length else b""
    content = levels + plain(column.kind, column.values)
    header = thrift({
        1: ("i32", DATA_PAGE),
        2: ("i32", len(content)),
        3: ("i32", len(content)),
        5: ("struct", {1: ("i32", len(column.values)), 2: ("i32", PLAIN), 3: ("i32", RLE), 4: ("i32", RLE)}),
    })  # fmt: skip
    file.write(header + content)
    size = len(header) + len(content)
    return {
        2: ("i64", offset),
        3: ("struct", {
            1: ("i32", column.kind),
            2: ("i32s", [PLAIN, RLE]),
            3: ("binaries", [name.encode() for name in column.path]),
            4: ("i32", 0),  # not compressed
            5: ("i64", len(column.values)),
            6: ("i64", size),
            7: ("i64", size),
            9: ("i64", offset),
        }),
    }  # fmt: skip


def plain(kind: int, values: list) -> bytes:
    if kind == BYTE_ARRAY:
        return b"".join(struct.pack("<I", len(value)) + value for value in values)
    return struct.pack(f"<{len(values)}{'q' if kind == INT64 else 'f'}", *values)


def list_levels(count: int, length: int) -> bytes:
    """Repetition levels, 0 where a list begins and else 1, bit-packed; then definition levels, all 1."""
    groups = (count + 7) // 8
    bits = bytearray(groups)
    for place in range(count):
        if place % length:
            bits[place // 8] |= 1 << place % 8
    repetition = varint(groups << 1 | 1) + bytes(bits)
    definition = varint(count << 1) + b"\1"
    return b"".join(struct.pack("<I", len(part)) + part for part in (repetition, definition))


def schema_element(name: str, kind, repetition: int, children: int, converted) -> dict:
    fields = {1: kind, 3: repetition, 5: children or None, 6: converted}
    element = {key: ("i32", value) for key, value in fields.items() if value is not None}
    return dict(sorted({**element, 4: ("binary", name.encode())}.items()))


def top_level(schema: list):
    """The entries below the root."""
    skipped = 0
    for entry in schema:
        if skipped == 0:
            yield entry
        skipped += entry[3] - (1 if skipped else 0)


# --- Thrift's compact protocol -------------------------------------------------------------------

KINDS = {"i32": 5, "i64": 6, "binary": 8, "struct": 12}


def varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def thrift(fields: dict) -> bytes:
    """A structure from {field number: (kind, value)}, in ascending order."""
    found, last = bytearray(), 0
    for number, (kind, value) in fields.items():
        many = kind.endswith("s")
        found.append((number - last) << 4 | (9 if many else KINDS[kind]))
        found += list_of(kind, value) if many else encoded(kind, value)
        last = number
    return bytes(found) + b"\0"


def list_of(kind: str, values: list) -> bytes:
    kind = {"structs": "struct", "i32s": "i32", "binaries": "binary"}[kind]
    size = len(values)
    head = bytes([size << 4 | KINDS[kind]]) if size < 15 else bytes([0xF0 | KINDS[kind]]) + varint(size)
    return head + b"".join(encoded(kind, value) for value in values)


def encoded(kind: str, value) -> bytes:
    if kind == "struct":
        return thrift(value)
    if kind == "binary":
        return varint(len(value)) + value
    return varint(value << 1 if value >= 0 else (-value << 1) - 1)
