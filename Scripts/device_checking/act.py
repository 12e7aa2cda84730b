"""ACT in plain PyTorch, as LeRobot trains it, under LeRobot's names.

Zhao et al. (arXiv:2304.13705). Written from the equations in Sources/Reference/Policies/ACT.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .resnet import ResNet18


class FeedForward(nn.Module):
    """What encoder and decoder layers share. Its norms are the layer's own."""

    def __init__(self, config: dict, norms: int):
        super().__init__()
        width, dropout = config["dim_model"], config["dropout"]
        self.self_attn = nn.MultiheadAttention(width, config["n_heads"], dropout=dropout)
        if norms == 3:
            self.multihead_attn = nn.MultiheadAttention(width, config["n_heads"], dropout=dropout)
        self.linear1 = nn.Linear(width, config["dim_feedforward"])
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(config["dim_feedforward"], width)
        for number in range(1, norms + 1):
            setattr(self, f"norm{number}", nn.LayerNorm(width))

    def added(self, x, result, norm):
        return norm(x + self.dropout(result))

    def fed(self, x, norm):
        return self.added(x, self.linear2(self.dropout(torch.relu(self.linear1(x)))), norm)


class EncoderLayer(FeedForward):
    def __init__(self, config: dict):
        super().__init__(config, norms=2)

    def forward(self, x, positions, padding=None):
        placed = x + positions
        x = self.added(x, self.self_attn(placed, placed, value=x, key_padding_mask=padding)[0], self.norm1)
        return self.fed(x, self.norm2)


class DecoderLayer(FeedForward):
    def __init__(self, config: dict):
        super().__init__(config, norms=3)

    def forward(self, x, memory, positions, queries):
        placed = x + queries
        x = self.added(x, self.self_attn(placed, placed, value=x)[0], self.norm1)
        looked = self.multihead_attn(x + queries, memory + positions, value=memory)[0]
        return self.fed(self.added(x, looked, self.norm2), self.norm3)


class Encoder(nn.Module):
    def __init__(self, config: dict, count: int):
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(count))

    def forward(self, x, positions, padding=None):
        for layer in self.layers:
            x = layer(x, positions, padding)
        return x


class Decoder(nn.Module):
    def __init__(self, config: dict):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config["n_decoder_layers"]))
        self.norm = nn.LayerNorm(config["dim_model"])

    def forward(self, x, memory, positions, queries):
        for layer in self.layers:
            x = layer(x, memory, positions, queries)
        return self.norm(x)


class ACT(nn.Module):
    """The network: z from the action's encoder, one camera, the state, and k queries."""

    def __init__(self, config: dict):
        super().__init__()
        self.config = config
        width = config["dim_model"]
        state = config["input_features"]["observation.state"]["shape"][0]
        action = config["output_features"]["action"]["shape"][0]
        if config["use_vae"]:
            self.vae_encoder = Encoder(config, config["n_vae_encoder_layers"])
            self.vae_encoder_cls_embed = nn.Embedding(1, width)
            self.vae_encoder_robot_state_input_proj = nn.Linear(state, width)
            self.vae_encoder_action_input_proj = nn.Linear(action, width)
            self.vae_encoder_latent_output_proj = nn.Linear(width, 2 * config["latent_dim"])
            self.register_buffer("vae_encoder_pos_enc", torch.zeros(1, 2 + config["chunk_size"], width))
        self.backbone = ResNet18()
        self.encoder = Encoder(config, config["n_encoder_layers"])
        self.decoder = Decoder(config)
        self.encoder_robot_state_input_proj = nn.Linear(state, width)
        self.encoder_latent_input_proj = nn.Linear(config["latent_dim"], width)
        self.encoder_img_feat_input_proj = nn.Conv2d(512, width, 1)
        self.encoder_1d_feature_pos_embed = nn.Embedding(2, width)
        self.decoder_pos_embed = nn.Embedding(config["chunk_size"], width)
        self.action_head = nn.Linear(width, action)

    def posterior(self, batch):
        """μ and log σ², [B, L] each."""
        size = len(batch["action"])
        tokens = torch.cat([
            self.vae_encoder_cls_embed.weight.expand(size, 1, -1),
            self.vae_encoder_robot_state_input_proj(batch["observation.state"])[:, None],
            self.vae_encoder_action_input_proj(batch["action"]),
        ], dim=1)  # fmt: skip
        padding = batch["action_is_pad"]
        padding = torch.cat([padding.new_zeros(size, 2), padding], dim=1)
        encoded = self.vae_encoder(tokens.transpose(0, 1), self.vae_encoder_pos_enc.transpose(0, 1), padding)
        return self.vae_encoder_latent_output_proj(encoded[0]).chunk(2, dim=1)

    def forward(self, batch, draws):
        picture, state = batch["observation.image"], batch["observation.state"]
        mean = log_variance = None
        latent = state.new_zeros(len(state), self.config["latent_dim"])
        if self.config["use_vae"]:
            mean, log_variance = self.posterior(batch)
            latent = mean + (log_variance / 2).exp() * draws.normal(mean.shape)
        tokens = [self.encoder_latent_input_proj(latent)[None], self.encoder_robot_state_input_proj(state)[None]]
        positions = [self.encoder_1d_feature_pos_embed.weight[:, None]]
        features = self.backbone(picture)
        plane = pixel_positions(features, self.config["dim_model"])
        for found, x in ((tokens, self.encoder_img_feat_input_proj(features)), (positions, plane)):
            found.append(x.flatten(2).permute(2, 0, 1))  # [h·w, B, D]
        tokens, positions = torch.cat(tokens), torch.cat(positions)
        memory = self.encoder(tokens, positions)
        queries = memory.new_zeros(self.config["chunk_size"], len(state), self.config["dim_model"])
        decoded = self.decoder(queries, memory, positions, self.decoder_pos_embed.weight[:, None])
        return self.action_head(decoded.transpose(0, 1)), mean, log_variance


def pixel_positions(features, channels: int):
    """Sines and cosines of the row, then of the column: [1, D, h, w]."""

    def waves(count: int):  # [count, D/2]
        place = torch.arange(1, count + 1, dtype=torch.float32, device=features.device)
        place = place / (count + 1e-6) * (2 * math.pi)
        exponents = torch.arange(0, channels // 2, 2, dtype=torch.float32, device=features.device)
        angles = place[:, None] / 10000 ** (exponents / (channels // 2))
        return torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)

    height, width = features.shape[2:]
    rows = waves(height).T[:, :, None].expand(-1, -1, width)
    columns = waves(width).T[:, None].expand(-1, height, -1)
    return torch.cat([rows, columns])[None]


class ACTPolicy(nn.Module):
    """The loss, and the groups of parameters."""

    def __init__(self, config: dict):
        super().__init__()
        self.config, self.model = config, ACT(config)

    def loss(self, batch, draws):
        """The loss and its parts."""
        predicted, mean, log_variance = self.model(batch, draws)
        error = (batch["action"] - predicted).abs() * ~batch["action_is_pad"][:, :, None]
        parts = {"l1_loss": error.mean()}
        if mean is None:
            return parts["l1_loss"], parts
        divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp())
        parts["kld_loss"] = divergence.sum(dim=1).mean()
        return parts["l1_loss"] + self.config["kl_weight"] * parts["kld_loss"], parts

    def optimizer(self):
        named = dict(self.named_parameters())
        backbone = [value for name, value in named.items() if name.startswith("model.backbone")]
        others = [value for name, value in named.items() if not name.startswith("model.backbone")]
        groups = [{"params": others}, {"params": backbone, "lr": self.config["optimizer_lr_backbone"]}]
        return torch.optim.AdamW(
            groups, lr=self.config["optimizer_lr"], weight_decay=self.config["optimizer_weight_decay"])  # fmt: skip
