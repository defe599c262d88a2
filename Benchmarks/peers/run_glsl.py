#!/usr/bin/env python3
"""Runs an exported GLSL function, line by line, without a graphics processor.

    run_glsl.py SOURCE < points.txt > values.txt

One point a line; one value a line. The exported text is tables, and a function of declarations and a return of expressions
that are Python too, given vectors and matrices.
"""

import math
import re
import sys


class Vector(tuple):
    x, y, z = (property(lambda self, i=i: self[i]) for i in range(3))

    def _each(self, other, operation):
        others = other if isinstance(other, Vector) else (other,) * len(self)
        assert len(others) == len(self), "vectors of one length"
        return Vector(map(operation, self, others))

    def __add__(self, other): return self._each(other, lambda a, b: a + b)
    def __sub__(self, other): return self._each(other, lambda a, b: a - b)
    def __mul__(self, other): return self._each(other, lambda a, b: a * b)
    __radd__, __rmul__ = __add__, __mul__


class Matrix:
    def __init__(self, *entries):
        self.columns = [Vector(entries[i:i + 4]) for i in range(0, 16, 4)]

    def __mul__(self, vector):
        return sum((column * x for column, x in zip(self.columns, vector)), Vector((0.0,) * 4))


def vector(*parts):
    return Vector(x for part in parts for x in (part if isinstance(part, tuple) else (part,)))


def each(function):
    def applied(x, *rest):
        if not isinstance(x, Vector):
            return function(x, *rest)
        return Vector(map(function, x, *(r if isinstance(r, Vector) else (r,) * len(x) for r in rest)))
    return applied


FUNCTIONS = {
    "vec2": vector, "vec3": vector, "vec4": vector, "mat4": Matrix,
    "sin": each(math.sin), "cos": each(math.cos), "exp": each(math.exp), "log": each(math.log), "abs": each(abs),
    "max": each(max), "min": each(min), "floor": each(math.floor), "uint": int,
    "clamp": each(lambda x, low, high: min(max(x, low), high)),
    "fract": each(lambda x: x - math.floor(x)), "dot": lambda a, b: sum(x * y for x, y in zip(a, b)),
}


def main():
    source = re.sub(r"//.*", "", open(sys.argv[1]).read())
    head, body = source.split("{")
    tables = dict(re.findall(r"const float (\w+)\[\d+\] = float\[\d+\]\(([^)]*)\)", head))
    tables = {name: [float(value) for value in values.split(",")] for name, values in tables.items()}
    statements = [re.sub(r"^(float|int|vec[234]) ", "", s.strip()).replace("\n", " ") for s in body.strip(" \n}").split(";")]
    # Unsigned numbers are written 1u.
    statements = [re.sub(r"\b(\d+)u\b", r"\1", s) for s in statements]
    program = [compile(s.replace("return", "result ="), "exported", "exec") for s in statements if s]
    for line in sys.stdin:
        point = vector(*map(float, line.split()))
        names = dict(FUNCTIONS, **tables, p=point if len(point) > 1 else point[0])
        for statement in program:
            exec(statement, names)
        print(f"{names['result']:.9g}")


if __name__ == "__main__":
    main()
