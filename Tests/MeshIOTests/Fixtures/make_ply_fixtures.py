#!/usr/bin/env python3
"""Writes ply.json beside it: small PLY files of every number type, encoding, list and order of elements, with what trimesh
reads of them. Needs numpy and trimesh (made with trimesh 5.2.0): python3 make_ply_fixtures.py

The shape is a box of 2 x 1 x 1, of twelve triangles or of five quads and two triangles. Where trimesh cannot read a file, or reads another shape,
the file is listed with "peer": false; the values are then those of the box by construction.
"""
import base64, io, json, os, struct, sys
import trimesh

V = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0), (0, 0, 1), (2, 0, 1), (2, 1, 1), (0, 1, 1)]
F = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4), (3, 4, 7)]
CODES = {"char": "b", "uchar": "B", "short": "h", "ushort": "H", "int": "i", "uint": "I", "float": "f", "double": "d",
         "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "float32": "f", "float64": "d"}
ENCODINGS = ["ascii", "binary_little_endian", "binary_big_endian"]


def element(name, rows, properties):
    """rows: lists of values, a list property's value being a list; properties: (name, type) or (name, count type, type)."""
    return name, rows, properties


def ply(encoding, elements, line="\n", comment=False):
    head = ["ply", f"format {encoding} 1.0"]
    if comment:
        head += ["comment made for a test", "obj_info nothing of use"]
    for name, rows, properties in elements:
        head.append(f"element {name} {len(rows)}")
        for p in properties:
            head.append(f"property {p[1]} {p[0]}" if len(p) == 2 else f"property list {p[1]} {p[2]} {p[0]}")
    head.append("end_header")
    out = io.BytesIO()
    out.write("".join(h + line for h in head).encode())
    order = "<" if encoding == "binary_little_endian" else ">"
    for name, rows, properties in elements:
        for row in rows:
            words = []
            for value, p in zip(row, properties):
                if len(p) == 2:
                    words.append((CODES[p[1]], value))
                else:
                    words.append((CODES[p[1]], len(value)))
                    words += [(CODES[p[2]], v) for v in value]
            if encoding == "ascii":
                out.write((" ".join(repr(v) for _, v in words) + line).encode())
            else:
                for code, v in words:
                    out.write(struct.pack(order + code, float(v) if code in "fd" else int(v)))
    return out.getvalue()


def vertices(kind="float", names=("x", "y", "z")):
    return element("vertex", [list(v) for v in V], [(n, kind) for n in names])


TRIANGLES = [(f[0], f[i], f[i + 1]) for f in F for i in range(1, len(f) - 1)]


def faces(count="uchar", kind="int", name="vertex_indices", of=F):
    return element("face", [[list(f)] for f in of], [(name, count, kind)])


def cases():
    for e in ENCODINGS:
        for kind in CODES:
            yield f"{e} vertices {kind}", ply(e, [vertices(kind), faces(of=TRIANGLES)])
        for kind in ["char", "uchar", "short", "ushort", "int", "uint", "int32", "uint32"]:
            yield f"{e} indices {kind}", ply(e, [vertices(), faces(kind=kind, of=TRIANGLES)])
        for kind in ["char", "uchar", "short", "ushort", "int", "uint", "uint8"]:
            yield f"{e} counts {kind}", ply(e, [vertices(), faces(count=kind, of=TRIANGLES)])
        yield f"{e} quads and triangles", ply(e, [vertices(), faces()])
        yield f"{e} vertex_index", ply(e, [vertices(), faces(name="vertex_index", of=TRIANGLES)])
        yield f"{e} faces first", ply(e, [faces(of=TRIANGLES), vertices()])
        camera = element("camera", [[1.5, -2.5, 7]], [("view_px", "float"), ("view_py", "double"), ("id", "uchar")])
        lists = element("tags", [[[1, 2, 3], 4], [[], 5]], [("names", "ushort", "short"), ("weight", "float")])
        edges = element("edge", [[0, 1], [1, 2]], [("vertex1", "int"), ("vertex2", "int")])
        yield f"{e} camera first", ply(e, [camera, vertices(), faces(of=TRIANGLES)])
        yield f"{e} lists between", ply(e, [vertices(), lists, faces(of=TRIANGLES)])
        yield f"{e} edges between and camera behind", ply(e, [vertices(), edges, faces(of=TRIANGLES), camera])
        yield f"{e} comments", ply(e, [vertices(), faces(of=TRIANGLES)], comment=True)
        yield f"{e} CR LF", ply(e, [vertices(), faces(of=TRIANGLES)], line="\r\n")
        wide = element("vertex", [[i, *v, 0.5, [7] * (i % 3), 255] for i, v in enumerate(V)],
                       [("number", "ushort"), ("x", "float"), ("y", "double"), ("z", "short"), ("quality", "float"),
                        ("links", "uchar", "int"), ("red", "uchar")])
        yield f"{e} mixed vertex with a list", ply(e, [wide, faces(of=TRIANGLES)])
        turned = element("vertex", [[v[2], v[0], v[1]] for v in V], [("z", "float"), ("x", "float"), ("y", "float")])
        yield f"{e} z before x", ply(e, [turned, faces(of=TRIANGLES)])
        rich = element("face", [[9, list(f), [0.25] * (2 * len(f)), 3] for f in F],
                       [("flags", "uchar"), ("vertex_indices", "uchar", "int"), ("texcoord", "uchar", "float"), ("number", "short")])
        yield f"{e} faces with more", ply(e, [vertices(), rich])
        normals = element("vertex", [list(v) + [0, 0, 1] for v in V], [(n, "float") for n in ("x", "y", "z", "nx", "ny", "nz")])
        yield f"{e} normals", ply(e, [normals, faces(of=TRIANGLES)])
        triangles = [[list(f)] for f in TRIANGLES]
        yield f"{e} triangles alone", ply(e, [vertices(), element("face", triangles, [("vertex_indices", "uchar", "int")])])
        yield f"{e} triangles with a flag", ply(
            e, [vertices(), element("face", [[1, *t] for t in triangles], [("flag", "uchar"), ("vertex_indices", "uchar", "uint")])])


truth = {"triangles": 12, "area": 10.0, "volume": 2.0, "minimum": [0, 0, 0], "maximum": [2, 1, 1]}
out, peers = [], 0
for name, data in cases():
    entry = {"name": name, "data": base64.b64encode(data).decode(), "peer": False, **truth}
    try:
        mesh = trimesh.load(io.BytesIO(data), file_type="ply", force="mesh")
        mesh.merge_vertices()
        read = {"triangles": len(mesh.faces), "area": round(float(mesh.area), 9), "volume": round(float(mesh.volume), 9),
                "minimum": mesh.bounds[0].round(9).tolist(), "maximum": mesh.bounds[1].round(9).tolist()}
        entry["peer"] = read == truth
        if not entry["peer"]: print("trimesh reads otherwise:", name, read, file=sys.stderr)
    except Exception as error:
        print("trimesh cannot read:", name, type(error).__name__, file=sys.stderr)
    peers += entry["peer"]
    out.append(entry)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ply.json"), "w") as f:
    f.write('{"trimesh": "%s", "files": [\n' % trimesh.__version__ + ",\n".join(json.dumps(e) for e in out) + "\n]}\n")
print(f"{len(out)} files, {peers} read alike by trimesh {trimesh.__version__}")
