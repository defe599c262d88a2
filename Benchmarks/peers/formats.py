#!/usr/bin/env python3
"""Reads every mesh file of some folders with shapefit and, where it can, with trimesh; prints the table of docs/formats.md and
every file on which the two differ.

    apt-get download assimp-testmodels prusa-slicer glmark2-data
    for f in *.deb; do dpkg-deb -x $f files; done
    pip install trimesh numpy networkx lxml pycollada
    python3 Benchmarks/peers/formats.py .build/release/shapefit files/usr/share

Boxes are compared to 1e-4 of their longest side, areas to 1e-3.
"""
import collections, json, logging, os, subprocess, sys, warnings

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import trimesh

EXTENSIONS = set("3ds 3mf ac amf ase b3d blend cob dae dxf fbx glb gltf hmp ifc lwo lws lxo md2 md5mesh ms3d nff obj off ogex ply q3o "
                 "raw smd stl uc wrl x x3d xgl zae zgl".split())
PEER = {"obj", "ply", "stl", "off", "gltf", "glb", "3mf", "dae"}
REASONS = [("no faces", "points or lines only"), ("holds no geometry", "no geometry"), ("degenerate", "no area"), ("empty", "empty"),
           ("NaN or infinite", "infinite vertices"), ("which it requires", "a required extension"), ("UTF-16", "UTF-16")]


def ours(binary, path):
    run = subprocess.run([binary, "info", "--json", path], capture_output=True, timeout=120)
    if run.returncode != 0:
        return {"error": run.stderr.decode(errors="replace").strip()}
    report = json.loads(run.stdout)
    box = report["boundingBox"]
    return {"triangles": report["triangles"], "area": report["area"], "box": box["minimum"] + box["maximum"]}


def peer(path):
    try:
        mesh = trimesh.load(path, force="mesh", process=False)
        if len(getattr(mesh, "faces", [])) == 0: return None
        return {"triangles": len(mesh.faces), "area": float(mesh.area), "box": mesh.bounds.reshape(-1).tolist()}
    except BaseException:
        return None


def agree(a, b):
    side = max(h - l for l, h in zip(a["box"][:3], a["box"][3:]))
    return (all(abs(x - y) <= 1e-4 * side for x, y in zip(a["box"], b["box"]))
            and abs(a["area"] - b["area"]) <= 1e-3 * max(a["area"], b["area"]))


def reason(error):
    return next((name for text, name in REASONS if text in error), "damaged, broken on purpose or beyond the importer")


binary, folders = sys.argv[1], sys.argv[2:]
files = sorted(os.path.join(root, name) for folder in folders for root, _, names in os.walk(folder) for name in names
               if name.rsplit(".", 1)[-1].lower() in EXTENSIONS)
count, read, same, both = (collections.Counter() for _ in range(4))
reasons = collections.defaultdict(collections.Counter)
for path in files:
    kind = path.rsplit(".", 1)[-1].lower()
    count[kind] += 1
    result = ours(binary, path)
    other = peer(path) if kind in PEER else None
    if "error" in result:
        reasons[kind][reason(result["error"])] += 1
        print(f"not read{' (trimesh reads it)' if other else ''}: {result['error']}")
        continue
    read[kind] += 1
    if other is None: continue
    both[kind] += 1
    if agree(result, other): same[kind] += 1
    else: print("differs:", path, result, other, sep="\n    ")
print("\n| format | files | read | alike in trimesh | not read, and why |\n|---|---:|---:|---:|---|")
for kind in sorted(count):
    why = ", ".join(f"{name} {number}" for name, number in reasons[kind].most_common())
    print(f"| {kind} | {count[kind]} | {read[kind]} | {f'{same[kind]} of {both[kind]}' if kind in PEER else ''} | {why} |")
print(f"| all | {sum(count.values())} | {sum(read.values())} | {sum(same.values())} of {sum(both.values())} | |")
