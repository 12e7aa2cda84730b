"""Observations under the names of a dataset."""


class Failure(Exception):
    """What keeps an environment from working, in a line for the user."""



def named(observation) -> dict:
    """An observation of any environment under a dataset's names (LeRobot's `preprocess_observation`, and
    what that leaves out: spaces that are no dictionary, and entries of other names)."""
    import numpy as np

    if not isinstance(observation, dict):
        array = np.asarray(observation)
        return {"observation.image" if is_picture(array) else "observation.state": array}
    result = {}
    known = {"agent_pos": "state", "state": "state", "observation": "state", "environment_state": "environment_state"}
    for key, value in observation.items():
        if key.startswith("observation."):
            result[key] = np.asarray(value)
        elif isinstance(value, dict):
            prefix = "observation.images" if key == "pixels" else f"observation.{key}"
            result |= {f"{prefix}.{name}": np.asarray(part) for name, part in value.items()}
        else:
            array = np.asarray(value)
            name = "image" if key == "pixels" else known.get(key)
            name = name or (f"images.{key}" if is_picture(array) else key)
            result[f"observation.{name}"] = array
    return result


def is_picture(array) -> bool:
    return array.dtype.name == "uint8" and array.ndim == 3 and array.shape[2] == 3


def from_tensors(observation: dict) -> dict:
    """What LeRobot's processors made of a batch of one: pictures are bytes again, [H, W, 3]."""
    import numpy as np

    result = {}
    for key, value in observation.items():
        if not hasattr(value, "numpy"):
            continue
        array = value.numpy()[0]
        if array.ndim == 3 and array.shape[0] == 3:
            scaled = array * np.float32(255)
            whole = np.rint(scaled)
            if np.abs(scaled - whole).max(initial=0) > 1e-3 or whole.min(initial=0) < 0 or whole.max(initial=0) > 255:
                raise Failure(f"{key} holds other values than those of a picture's bytes")
            array = whole.astype(np.uint8).transpose(1, 2, 0)
        result[key] = array
    return result
