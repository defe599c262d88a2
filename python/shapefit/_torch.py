"""A field as a PyTorch module: the operations of its ONNX file, carried out by PyTorch."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, Union

import numpy as np
import torch

_Message = dict[int, list[Union[int, bytes]]]


def module_of(onnx: bytes) -> torch.nn.Module:
    """The module of an ONNX file as shapefit writes it: points (n, 3) -> values (n, 1)."""
    graph = _message(_bytes(_message(onnx)[7][0]))
    nodes = [_Node.read(_bytes(data)) for data in graph.get(1, [])]
    constants = dict(_tensor(_bytes(data)) for data in graph.get(5, []))
    return FieldModule(nodes, constants)


class _Node(NamedTuple):
    operator: str
    inputs: list[str]
    output: str
    attributes: dict[str, int]

    @classmethod
    def read(cls, data: bytes) -> _Node:
        fields = _message(data)
        attributes = {}
        for attribute in map(_bytes, fields.get(5, [])):
            content = _message(attribute)
            attributes[_text(content[1][0])] = _signed(content[3][0])
        return cls(_text(fields[4][0]), [_text(name) for name in fields.get(1, [])], _text(fields[2][0]), attributes)


class FieldModule(torch.nn.Module):
    """Evaluates the nodes one after the other. What was learnt and all other numbers with a fraction are parameters; those that are whole, buffers."""

    def __init__(self, nodes: list[_Node], constants: dict[str, torch.Tensor]) -> None:
        super().__init__()
        unknown = {node.operator for node in nodes} - _OPERATORS.keys()
        if unknown:
            raise NotImplementedError(f"this version cannot carry out {', '.join(sorted(unknown))}: use another one")
        self._nodes = nodes
        self._names = {name: "c" + str(index) for index, name in enumerate(constants)}
        for name, value in constants.items():
            # Of more than one number and with a name that ends so: weights, biases, frequencies, coefficients.
            if value.is_floating_point() and value.dim() >= 2:
                self.register_parameter(self._names[name], torch.nn.Parameter(value))
            else:
                self.register_buffer(self._names[name], value)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        """Values (n, 1) at points (n, 3)."""
        values = {"points": points, **{name: getattr(self, own) for name, own in self._names.items()}}
        for node in self._nodes:
            inputs = [values[name] for name in node.inputs]
            values[node.output] = _OPERATORS[node.operator](*inputs, **node.attributes)
        return values["values"]


def _gemm(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None = None, transB: int = 0) -> torch.Tensor:
    product = x @ (w.T if transB else w)
    return product if b is None else product + b


def _reduced(
    function: Callable[..., torch.Tensor], x: torch.Tensor, axes: torch.Tensor | None, keepdims: int
) -> torch.Tensor:
    result = x
    for axis in sorted((int(a) % x.dim() for a in axes) if axes is not None else range(x.dim()), reverse=True):
        result = function(result, dim=axis, keepdim=bool(keepdims))
    return result


def _gather(x: torch.Tensor, index: torch.Tensor, axis: int = 0) -> torch.Tensor:
    axis %= x.dim()
    picked = torch.index_select(x, axis, index.reshape(-1))
    return picked.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1 :])


def _square_root(x: torch.Tensor) -> torch.Tensor:
    """With a slope of 0 at 0: inside the box the distance to it is one, and an infinite slope times 0 would be NaN."""
    return torch.where(x > 0, x, torch.full_like(x, 1e-30)).sqrt()


def _cast(x: torch.Tensor, to: int) -> torch.Tensor:
    return x.to({1: torch.float32, 7: torch.int64, 9: torch.bool}[to])


def _with_axes(x: torch.Tensor, axes: torch.Tensor) -> torch.Tensor:
    for axis in sorted(int(a) for a in axes):
        x = x.unsqueeze(axis)
    return x


def _without_axes(x: torch.Tensor, axes: torch.Tensor) -> torch.Tensor:
    for axis in sorted((int(a) % x.dim() for a in axes), reverse=True):
        x = x.squeeze(axis)
    return x


_OPERATORS: dict[str, Callable[..., torch.Tensor]] = {
    "Abs": torch.abs,
    "Add": torch.add,
    "And": torch.logical_and,
    "Atanh": torch.atanh,
    "BitwiseAnd": torch.bitwise_and,
    "BitwiseXor": torch.bitwise_xor,
    "Cast": _cast,
    "Clip": lambda x, low, high: torch.minimum(torch.maximum(x, low), high),
    "Concat": lambda *x, axis: torch.cat(x, dim=axis),
    "Cos": torch.cos,
    "Div": lambda x, y: torch.div(x, y) if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc"),
    "Equal": torch.eq,
    "Exp": torch.exp,
    "Floor": torch.floor,
    "Gather": _gather,
    "Gemm": _gemm,
    "Greater": torch.gt,
    "Identity": lambda x: x,
    "Less": torch.lt,
    "MatMul": torch.matmul,
    "Max": torch.maximum,
    "Min": torch.minimum,
    "Mul": torch.mul,
    "Neg": torch.neg,
    "Not": torch.logical_not,
    "Or": torch.logical_or,
    "ReduceProd": lambda x, axes=None, keepdims=1: _reduced(torch.prod, x, axes, keepdims),
    "ReduceSum": lambda x, axes=None, keepdims=1: _reduced(torch.sum, x, axes, keepdims),
    "Relu": torch.relu,
    "Round": torch.round,
    "Sin": torch.sin,
    "Sqrt": _square_root,
    "Squeeze": _without_axes,
    "Sub": torch.sub,
    "Unsqueeze": _with_axes,
    "Where": torch.where,
}


# ---- The file: protocol buffers (protobuf.dev/programming-guides/encoding), as far as an ONNX file of shapefit's has them.


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    position = 0

    def number() -> int:
        nonlocal position
        value = shift = 0
        while True:
            byte = data[position]
            position += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while position < len(data):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        elif key & 7 == 2:
            length = number()
            yield key >> 3, data[position : position + length]
            position += length
        else:
            raise ValueError(f"a field of the kind {key & 7}, which shapefit does not write")


def _message(data: bytes) -> _Message:
    message: _Message = {}
    for number, value in _fields(data):
        message.setdefault(number, []).append(value)
    return message


def _tensor(data: bytes) -> tuple[str, torch.Tensor]:
    fields = _message(data)
    kind = {1: np.float32, 7: np.int64}[_signed(fields[2][0])]
    shape = [_signed(extent) for extent in fields.get(1, [])]
    values: Any = np.frombuffer(_bytes(fields[9][0]), kind).reshape(shape)
    return _text(fields[8][0]), torch.from_numpy(values.copy())


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)
    return value


def _text(value: int | bytes) -> str:
    return _bytes(value).decode()


def _signed(value: int | bytes) -> int:
    assert isinstance(value, int)
    return value - (1 << 64) if value >> 63 else value
