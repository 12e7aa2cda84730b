"""Tables of tasks as other programs write them."""

from generate.odd.dataset import POINTER, TASKS, Dataset
from generate.odd.variants import add, odd, refused, trains

AS_BASE = trains("vectors")
REPORT = {"report": "huggingface/lerobot-dataset-visualizer#61"}
TEXTS = ["Push the T onto the target.", "Push it back – slowly."]


def table(name: str, what: str, make, *right) -> None:
    """Another tasks.parquet; `make` gets pyarrow."""

    def edit(dataset: Dataset) -> None:
        import pyarrow

        dataset.put(make(pyarrow), TASKS)

    add(name, what, edit, *(right or [AS_BASE]), **REPORT)


def of(pa, texts, indices=(0, 1), column="task", kind=None, index_kind=None):
    return pa.table(
        {
            "task_index": pa.array(list(indices), index_kind or pa.int64()),
            column: pa.array(texts, kind or pa.string()),
        }
    )


table(
    "tasks_column_tasks",
    "texts in a column tasks, without pandas' metadata",
    lambda pa: of(pa, TEXTS, column="tasks"),
)
table("tasks_column_task", "columns task_index and task, without pandas' metadata", lambda pa: of(pa, TEXTS))
table("tasks_column_reversed", "columns task and task_index", lambda pa: of(pa, TEXTS).select(["task", "task_index"]))
table(
    "tasks_unlabelled",
    "texts in pandas' unnamed index, without its metadata",
    lambda pa: of(pa, TEXTS, column="__index_level_0__"),
)
table("tasks_shuffled", "tasks out of order", lambda pa: of(pa, TEXTS[::-1], (1, 0)))
table("tasks_unused", "a task that no row names, first", lambda pa: of(pa, ["never", *TEXTS], (7, 0, 1)))
table("tasks_large_string", "texts as large_string", lambda pa: of(pa, TEXTS, kind=pa.large_string()))
table(
    "tasks_dictionary",
    "texts dictionary-encoded",
    lambda pa: pa.table({"task_index": [0, 1], "task": pa.array(TEXTS).dictionary_encode()}),
)
table(
    "tasks_binary",
    "texts as bytes",
    lambda pa: of(pa, [t.encode() for t in TEXTS], kind=pa.binary()),
    AS_BASE,
    refused("tasks\\.parquet"),
)
table("tasks_int32", "task_index as int32", lambda pa: of(pa, TEXTS, index_kind=pa.int32()))
table("tasks_float", "task_index as float64", lambda pa: of(pa, TEXTS, index_kind=pa.float64()))
table(
    "tasks_as_lists",
    "texts as lists of one",
    lambda pa: of(pa, [[t] for t in TEXTS], kind=pa.list_(pa.string())),
    AS_BASE,
    refused("tasks\\.parquet"),
)
table("tasks_null_text", "a text null", lambda pa: of(pa, [TEXTS[0], None]), AS_BASE, refused("tasks\\.parquet"))
table("tasks_empty_text", "a text without letters", lambda pa: of(pa, [TEXTS[0], ""]))
table("tasks_same_text", "the same text twice", lambda pa: of(pa, [TEXTS[0], TEXTS[0]]))
table(
    "tasks_same_index",
    "the same index twice",
    lambda pa: of(pa, [*TEXTS, "again"], (0, 1, 1)),
    AS_BASE,
    refused("tasks\\.parquet"),
)
table(
    "tasks_more_columns",
    "further columns",
    lambda pa: of(pa, TEXTS).append_column("language", pa.array(["en", "en"])),
)
table(
    "tasks_without_texts",
    "task_index only",
    lambda pa: pa.table({"task_index": [0, 1]}),
    AS_BASE,
    refused("tasks\\.parquet"),
)
table(
    "tasks_too_few",
    "a task of the rows is not in the table",
    lambda pa: of(pa, TEXTS[:1], (0,)),
    refused("task"),
    AS_BASE,
)
table("tasks_no_rows", "a table of tasks without rows", lambda pa: of(pa, [], ()), refused("task"), AS_BASE)


def pandas(name: str, what: str, index: str | None) -> None:
    def edit(dataset: Dataset) -> None:
        import pandas as pd

        frame = pd.DataFrame({"task_index": [0, 1]}, index=pd.Index(TEXTS, name=index))
        frame.to_parquet(dataset.path(TASKS))

    add(name, what, edit, AS_BASE, **REPORT)


pandas("tasks_pandas_unnamed", "pandas' index without a name", None)
pandas("tasks_pandas_instruction", "pandas' index called instruction", "instruction")
pandas("tasks_pandas_called_task_index", "pandas' index called task_text", "task_text")


@odd("tasks.parquet with texts in a plain column and pandas' running index", AS_BASE, **REPORT)
def tasks_pandas_running(dataset: Dataset) -> None:
    import pandas as pd

    pd.DataFrame({"task_index": [0, 1], "task": TEXTS}).to_parquet(dataset.path(TASKS))


@odd("indices of tasks that begin at 5, in the rows too", AS_BASE)
def tasks_from_five(dataset: Dataset) -> None:
    import pyarrow as pa

    dataset.put(of(pa, TEXTS, (5, 6)), TASKS)
    dataset.columns(task_index=pa.array([i + 5 for i in dataset.values("task_index")]))


@odd("no tasks.parquet", refused("tasks\\.parquet"), AS_BASE)
def tasks_missing(dataset: Dataset) -> None:
    dataset.remove(TASKS)


@odd("tasks.jsonl of v2.1 instead of tasks.parquet", AS_BASE, refused("tasks"))
def tasks_as_lines(dataset: Dataset) -> None:
    dataset.remove(TASKS)
    lines = [f'{{"task_index": {i}, "task": "{text}"}}\n' for i, text in enumerate(TEXTS)]
    dataset.write("meta/tasks.jsonl", "".join(lines))


@odd("tasks.parquet is a Git LFS pointer", refused("git.lfs"))
def tasks_pointer(dataset: Dataset) -> None:
    dataset.write(TASKS, POINTER)


@odd("tasks.parquet cut short", refused("tasks\\.parquet"))
def tasks_cut(dataset: Dataset) -> None:
    dataset.cut(TASKS)
