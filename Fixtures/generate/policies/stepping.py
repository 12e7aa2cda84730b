"""How the cases of several policies train and act."""

from collections.abc import Callable


def copied(batch):
    """A policy may change tensors in place, as SmolVLA's adapt_to_pi_aloha does."""
    return {key: value.clone() for key, value in batch.items()}


def train(policy, batch, steps: int, after_step: Callable[[], None] = lambda: None):
    """Steps of the preset's optimizer as LeRobot's update_policy takes them: losses, norms, gradients of the
    first, and what each loss reports."""
    import torch

    preset = policy.config.get_optimizer_preset()
    optimizer = preset.build(policy.get_optim_params())
    losses, norms, gradients, reports = [], [], [], []
    for _ in range(steps):
        policy.train()
        loss, report = policy.forward(copied(batch))
        loss.backward()
        gradients.append({n: p.grad.clone() for n, p in policy.named_parameters() if p.grad is not None})
        norms.append(torch.nn.utils.clip_grad_norm_(policy.parameters(), preset.grad_clip_norm))
        optimizer.step()
        optimizer.zero_grad()
        after_step()
        losses.append(loss.detach().reshape(()))
        reports.append(report)
    return torch.stack(losses), torch.stack(norms), gradients[0], reports


def observe(policy, observations):
    """Actions for a series of observations, the policy being reset before."""
    import torch

    policy.eval()
    policy.reset()
    return torch.stack([policy.select_action(copied(vectors | pictures)).clone() for vectors, pictures in observations])
