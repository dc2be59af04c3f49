"""A training twin of Qwen2ForCausalLM: the same function with fewer, larger operations.

Query, key and value are one matrix, so are gate and up; logits are computed only where an answer is to be learned; and
attention on a CPU is three plain products, which for rows of a few hundred tokens is a third faster than the fused
kernel and its backward pass. `to_qwen2` gives the same weights back in the form that transformers loads.
"""

import math
from typing import TYPE_CHECKING, Protocol

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch import Tensor, nn

from training.pretraining.shape import Shape

if TYPE_CHECKING:
    from transformers import Qwen2ForCausalLM

_EPSILON = 1e-6


class Table(Protocol):
    """Where the embedding of every token comes from: a plain table, or one built from word vectors."""

    def table(self) -> Tensor:
        """Embeddings of all tokens: (vocabulary, hidden)."""


class PlainTable(nn.Module):
    """An embedding of its own for every token."""

    def __init__(self, shape: Shape, random: torch.Generator) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(shape.vocabulary, shape.hidden).normal_(0, 0.02, generator=random))

    def table(self) -> Tensor:
        """Embeddings of all tokens: (vocabulary, hidden)."""
        return self.weight


class Layer(nn.Module):
    """One decoder layer: attention, then the gated feed-forward."""

    def __init__(self, shape: Shape, random: torch.Generator) -> None:
        super().__init__()
        wide, inner, depth = shape.hidden, shape.feed_forward, shape.layers
        self.heads = shape.heads
        self.norm_in = nn.Parameter(torch.ones(wide))
        self.norm_mid = nn.Parameter(torch.ones(wide))
        self.qkv_bias = nn.Parameter(torch.zeros(3 * wide))
        self.qkv = _matrix(3 * wide, wide, 0.7, random)
        self.out = _matrix(wide, wide, 0.5 / math.sqrt(2 * depth), random)
        self.gate_up = _matrix(2 * inner, wide, 0.7, random)
        self.down = _matrix(wide, inner, 0.5 / math.sqrt(2 * depth), random)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], dtype: torch.dtype) -> Tensor:
        """(rows, tokens, hidden) → the same; `turn` are cosine and sine of the positions: (tokens, 1, half a head)."""
        y = F.rms_norm(x, x.shape[-1:], self.norm_in, _EPSILON).to(dtype)
        qkv = F.linear(y, self.qkv.to(dtype), self.qkv_bias.to(dtype)).view(*x.shape[:2], 3, self.heads, -1)
        query, key = _rotate(qkv[:, :, :2], turn).unbind(2)
        y = _attend(query, key, qkv[:, :, 2])
        x = x + F.linear(y, self.out.to(dtype))
        y = F.rms_norm(x, x.shape[-1:], self.norm_mid, _EPSILON).to(dtype)
        gate, up = F.linear(y, self.gate_up.to(dtype)).chunk(2, -1)
        return x + F.linear(F.silu(gate) * up, self.down.to(dtype))


class Twin(nn.Module):
    """The model in training. `dtype` is the precision of the products; weights and the sum of layers are float32."""

    def __init__(
        self,
        shape: Shape,
        *,
        seed: int,
        embedding: nn.Module | None = None,
        dtype: torch.dtype = torch.bfloat16,
    ) -> None:
        super().__init__()
        random = torch.Generator().manual_seed(seed)
        self.shape = shape
        self.dtype = dtype
        self.embedding = PlainTable(shape, random) if embedding is None else embedding
        self.layers = nn.ModuleList(Layer(shape, random) for _ in range(shape.layers))
        self.norm = nn.Parameter(torch.ones(shape.hidden))
        half = shape.hidden // shape.heads // 2
        angles = torch.outer(torch.arange(shape.context).float(), shape.theta ** (-torch.arange(half).float() / half))
        self.register_buffer("cosine", angles.cos()[:, None, None], persistent=False)
        self.register_buffer("sine", angles.sin()[:, None, None], persistent=False)

    def forward(self, ids: Tensor, at: Tensor) -> Tensor:
        """Logits at the flat positions `at` of `ids` (rows, tokens): (positions, vocabulary)."""
        assert isinstance(self.cosine, Tensor)  # noqa: S101 (tells the type checker what a buffer is)
        assert isinstance(self.sine, Tensor)  # noqa: S101
        table: Tensor = self.embedding.table()  # type: ignore[operator]  # a module by any other type is a Table
        x = F.embedding(ids, table)
        tokens = ids.shape[1]
        turn = self.cosine[:tokens].to(self.dtype), self.sine[:tokens].to(self.dtype)
        for layer in self.layers:
            x = layer(x, turn, self.dtype)
        x = F.rms_norm(x.flatten(0, 1)[at], x.shape[-1:], self.norm, _EPSILON)
        return F.linear(x.to(self.dtype), table.to(self.dtype))


def to_qwen2(twin: Twin, *, end: int, pad: int) -> "Qwen2ForCausalLM":
    """The same model for plain transformers, in float32 on the CPU; `end` and `pad` are token ids."""
    from transformers import Qwen2Config, Qwen2ForCausalLM  # takes seconds, and workers have no need of it

    shape = twin.shape
    config = Qwen2Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": shape.theta},
        rms_norm_eps=_EPSILON,
        bos_token_id=None,
        eos_token_id=end,
        pad_token_id=pad,
    )
    model = Qwen2ForCausalLM(config).eval()
    model.load_state_dict({name: weight.detach().cpu().float().clone() for name, weight in _qwen2_weights(twin)})
    return model


def _qwen2_weights(twin: Twin) -> list[tuple[str, Tensor]]:
    table: Tensor = twin.embedding.table()  # type: ignore[operator]  # as in Twin.forward
    weights = [("model.embed_tokens.weight", table), ("lm_head.weight", table), ("model.norm.weight", twin.norm)]
    for place, layer in enumerate(twin.layers):
        assert isinstance(layer, Layer)  # noqa: S101 (for the type checker)
        prefix = f"model.layers.{place}"
        for name, matrix, bias in zip("qkv", layer.qkv.chunk(3), layer.qkv_bias.chunk(3), strict=True):
            weights += [(f"{prefix}.self_attn.{name}_proj.weight", matrix)]
            weights += [(f"{prefix}.self_attn.{name}_proj.bias", bias)]
        gate, up = layer.gate_up.chunk(2)
        weights += [
            (f"{prefix}.self_attn.o_proj.weight", layer.out),
            (f"{prefix}.mlp.gate_proj.weight", gate),
            (f"{prefix}.mlp.up_proj.weight", up),
            (f"{prefix}.mlp.down_proj.weight", layer.down),
            (f"{prefix}.input_layernorm.weight", layer.norm_in),
            (f"{prefix}.post_attention_layernorm.weight", layer.norm_mid),
        ]
    return weights


def _matrix(rows: int, columns: int, scale: float, random: torch.Generator) -> nn.Parameter:
    return nn.Parameter(torch.empty(rows, columns).normal_(0, scale * columns**-0.5, generator=random))


def _rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Turns each half-and-half pair of (rows, tokens, 2, heads, width) by its position's angle."""
    cosine, sine = turn[0], turn[1]
    a, b = x.chunk(2, -1)
    return torch.cat((a * cosine - b * sine, b * cosine + a * sine), -1)


def _attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """Causal attention over (rows, tokens, heads, width): (rows, tokens, hidden)."""
    rows, tokens, heads, width = query.shape
    if query.is_cuda:
        query, key, value = (x.transpose(1, 2) for x in (query, key, value))
        return F.scaled_dot_product_attention(query, key, value, is_causal=True).transpose(1, 2).flatten(2)
    query, key, value = (x.transpose(1, 2).reshape(rows * heads, tokens, width) for x in (query, key, value))
    future = torch.full((tokens, tokens), float("-inf"), dtype=query.dtype).triu(1)
    weights = torch.baddbmm(future, query, key.transpose(1, 2), alpha=width**-0.5).softmax(-1)
    return (weights @ value).view(rows, heads, tokens, width).transpose(1, 2).flatten(2)
