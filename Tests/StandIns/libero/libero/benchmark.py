"""Suites of tasks."""

from dataclasses import dataclass


@dataclass
class Task:
    name: str
    language: str
    problem_folder: str = "folder"
    bddl_file: str = "task.bddl"
    init_states_file: str = "task.init"


class Suite:
    def __init__(self, names: list[str]):
        self.tasks = [Task(name, name.replace("_", " ")) for name in names]

    def get_task(self, index: int) -> Task:
        return self.tasks[index]


class Spatial(Suite):
    def __init__(self):
        super().__init__(["lift_the_bowl", "push_the_plate"])


class Object(Suite):
    def __init__(self):
        super().__init__(["open_the_drawer"])


def get_benchmark_dict() -> dict:
    return {"libero_spatial": Spatial, "libero_object": Object}
