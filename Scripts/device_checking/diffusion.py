"""Diffusion Policy in plain PyTorch, as LeRobot trains it, under LeRobot's names.

Chi et al. (arXiv:2303.04137). Written from the equations in Sources/Reference/Policies/Diffusion.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .resnet import ResNet18, group_norm


class SpatialSoftmax(nn.Module):
    """Feature maps [B, C, h, w] to keypoints [B, P, 2]."""

    def __init__(self, points: int, height: int, width: int):
        super().__init__()
        self.nets = nn.Conv2d(512, points, 1)
        self.register_buffer("pos_grid", torch.zeros(height * width, 2))

    def forward(self, x):
        return self.nets(x).flatten(2).softmax(dim=2) @ self.pos_grid


class PictureEncoder(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        self.crop = config["crop_shape"]
        points = config["spatial_softmax_num_keypoints"]
        self.backbone = ResNet18(group_norm).sequence()
        self.pool = SpatialSoftmax(points, *(math.ceil(size / 32) for size in self.crop))
        self.out = nn.Linear(2 * points, 2 * points)

    def forward(self, x, draws):
        # One crop for all pictures.
        top, left = (draws.integer(x.shape[axis] - size + 1) for axis, size in zip((2, 3), self.crop))
        x = x[:, :, top : top + self.crop[0], left : left + self.crop[1]]
        return torch.relu(self.out(self.pool(self.backbone(x)).flatten(1)))


class ConvolutionBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, size: int, groups: int):
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv1d(inputs, outputs, size, padding=size // 2), nn.GroupNorm(groups, outputs), nn.Mish()
        )

    def forward(self, x):
        return self.block(x)


class ResidualBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, condition: int, config: dict):
        super().__init__()
        sizes = config["kernel_size"], config["n_groups"]
        self.conv1 = ConvolutionBlock(inputs, outputs, *sizes)
        self.cond_encoder = nn.Sequential(nn.Mish(), nn.Linear(condition, 2 * outputs))
        self.conv2 = ConvolutionBlock(outputs, outputs, *sizes)
        self.residual_conv = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x, condition):
        scale, shift = self.cond_encoder(condition)[:, :, None].chunk(2, dim=1)
        return self.conv2(scale * self.conv1(x) + shift) + self.residual_conv(x)


class StepWaves(nn.Module):
    """Diffusion steps [B] to sines and cosines [B, E]."""

    def __init__(self, width: int):
        super().__init__()
        self.width = width

    def forward(self, steps):
        half = self.width // 2
        numbers = torch.arange(half, device=steps.device)
        angles = steps[:, None] * torch.exp(numbers * -(math.log(10000) / (half - 1)))
        return torch.cat([angles.sin(), angles.cos()], dim=1)


class UNet(nn.Module):
    """The noise in a trajectory [B, T, A], by step and condition."""

    def __init__(self, config: dict, condition: int, action: int):
        super().__init__()
        width, widths = config["diffusion_step_embed_dim"], config["down_dims"]
        self.diffusion_step_encoder = nn.Sequential(
            StepWaves(width), nn.Linear(width, 4 * width), nn.Mish(), nn.Linear(4 * width, width))  # fmt: skip

        def pair(inputs: int, outputs: int) -> list:
            return [ResidualBlock(size, outputs, width + condition, config) for size in (inputs, outputs)]

        self.down_modules = nn.ModuleList()
        for place, (inputs, outputs) in enumerate(zip([action, *widths], widths)):
            last = place == len(widths) - 1
            shortening = nn.Identity() if last else nn.Conv1d(outputs, outputs, 3, 2, 1)
            self.down_modules.append(nn.ModuleList([*pair(inputs, outputs), shortening]))
        self.mid_modules = nn.ModuleList(pair(widths[-1], widths[-1]))
        self.up_modules = nn.ModuleList()
        for narrow, wide in reversed(list(zip(widths, widths[1:]))):
            lengthening = nn.ConvTranspose1d(narrow, narrow, 4, 2, 1)
            self.up_modules.append(nn.ModuleList([*pair(2 * wide, narrow), lengthening]))
        self.final_conv = nn.Sequential(
            ConvolutionBlock(widths[0], widths[0], config["kernel_size"], 8), nn.Conv1d(widths[0], action, 1)
        )

    def forward(self, x, steps, condition):
        condition = torch.cat([self.diffusion_step_encoder(steps), condition], dim=1)
        x, skips = x.transpose(1, 2), []
        for first, second, shortening in self.down_modules:
            x = second(first(x, condition), condition)
            skips.append(x)
            x = shortening(x)
        for block in self.mid_modules:
            x = block(x, condition)
        for first, second, lengthening in self.up_modules:
            x = torch.cat([x, skips.pop()], dim=1)
            x = lengthening(second(first(x, condition), condition))
        return self.final_conv(x).transpose(1, 2)


def signal_left(count: int):
    """ᾱ after each step, a squared cosine (Nichol & Dhariwal, arXiv:2102.09672, eq. 17), [K]."""

    def remaining(time: float) -> float:
        return math.cos((time + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = [min(1 - remaining((step + 1) / count) / remaining(step / count), 0.999) for step in range(count)]
    return torch.cumprod(1 - torch.tensor(betas), dim=0)


class Diffusion(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        state = config["input_features"]["observation.state"]["shape"][0]
        action = config["output_features"]["action"]["shape"][0]
        features = state + 2 * config["spatial_softmax_num_keypoints"]
        self.rgb_encoder = PictureEncoder(config)
        self.unet = UNet(config, config["n_obs_steps"] * features, action)

    def forward(self, batch, draws, signal):
        state, actions = batch["observation.state"], batch["action"]
        encoded = self.rgb_encoder(batch["observation.image"].flatten(0, 1), draws)
        condition = torch.cat([state, encoded.unflatten(0, state.shape[:2])], dim=2).flatten(1)
        noise = draws.normal(actions.shape)
        steps = draws.integers((len(actions),), len(signal))
        left = signal[steps][:, None, None]
        predicted = self.unet(left.sqrt() * actions + (1 - left).sqrt() * noise, steps, condition)
        return (predicted - noise).square().mean()


class DiffusionPolicy(nn.Module):
    """The loss, and the optimizer."""

    def __init__(self, config: dict):
        super().__init__()
        self.config, self.diffusion = config, Diffusion(config)
        self.signal = signal_left(config["num_train_timesteps"])

    def loss(self, batch, draws):
        """The loss, and its parts: none."""
        self.signal = self.signal.to(batch["action"].device)
        return self.diffusion(batch, draws, self.signal), {}

    def optimizer(self):
        config = self.config
        return torch.optim.Adam(
            self.parameters(), lr=config["optimizer_lr"], betas=tuple(config["optimizer_betas"]),
            eps=config["optimizer_eps"], weight_decay=config["optimizer_weight_decay"])  # fmt: skip
