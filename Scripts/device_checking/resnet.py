"""ResNet18 in plain PyTorch, under torchvision's names (He et al., arXiv:1512.03385, table 1)."""

from __future__ import annotations

import torch
from torch import nn

WIDTHS, BLOCKS = [64, 128, 256, 512], 2


class FrozenBatchNorm(nn.Module):
    """Batch norm whose statistics and factors are given."""

    def __init__(self, channels: int):
        super().__init__()
        for name, value in (("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)):
            self.register_buffer(name, torch.full((channels,), value))

    def forward(self, x):
        scale = self.weight * (self.running_var + 1e-5).rsqrt()
        shift = self.bias - self.running_mean * scale
        return x * scale.reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)


def group_norm(channels: int) -> nn.Module:
    """Diffusion's norm: 16 channels in each group."""
    return nn.GroupNorm(channels // 16, channels)


class Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = norm(outputs)
        changes = stride != 1 or inputs != outputs
        shortcut = [nn.Conv2d(inputs, outputs, 1, stride, bias=False), norm(outputs)] if changes else []
        self.downsample = nn.Sequential(*shortcut) if changes else None
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet18(nn.Module):
    """Pictures [B, 3, H, W] to feature maps [B, 512, ⌈H/32⌉, ⌈W/32⌉]."""

    def __init__(self, norm=FrozenBatchNorm):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 7, 2, 3, bias=False)
        self.bn1 = norm(WIDTHS[0])
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = WIDTHS[0]
        for number, width in enumerate(WIDTHS, start=1):
            blocks = [Block(inputs if place == 0 else width, width, 2 if place == 0 and number > 1 else 1, norm)
                      for place in range(BLOCKS)]  # fmt: skip
            setattr(self, f"layer{number}", nn.Sequential(*blocks))
            inputs = width

    def sequence(self) -> nn.Sequential:
        """The same parts under the names they have in Diffusion: 0, 1, 4, 5, 6, 7."""
        return nn.Sequential(*self.children())

    def forward(self, x):
        return self.sequence()(x)
