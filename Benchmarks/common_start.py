#!/usr/bin/env python3
"""What a common start does for fits of many shapes: seconds and steps to an IoU of .99, from random weights and from
another shape's.

    python3 Benchmarks/common_start.py .build/release/shapefit meshes/*.obj --start meshes/bunny.obj

Every shape is fitted twice with the same settings; IoU is measured while training, at 32 768 points of the shape's box that
training does not see. Prints a table in Markdown."""
import argparse, json, os, statistics, subprocess, tempfile

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("shapefit")
parser.add_argument("meshes", nargs="+")
parser.add_argument("--start", required=True, help="the mesh whose fit is the common start")
parser.add_argument("--level", type=float, default=0.99)
parser.add_argument("--options", default="--preset fast", help="of every fit")
arguments = parser.parse_args()
options = arguments.options.split() + ["--no-preview", "--no-evaluate", "--quiet"]


def fit(mesh, folder, *more):
    subprocess.run([arguments.shapefit, mesh, "--output", folder, *options, *more], check=True, stdout=subprocess.DEVNULL)
    return folder + "/" + os.path.splitext(os.path.basename(mesh))[0]


def agreement(point):
    return point["uniform"]["intersection"] / point["uniform"]["union"]


def reached(report):
    """The first measurement at or above the level: steps and seconds; None where there is none."""
    for point in report["training"]["agreementCurve"]:
        if agreement(point) >= arguments.level:
            return point["step"], point["seconds"]
    return None


def text(point):
    return "not reached" if point is None else f"{point[0]} steps, {point[1]:.2f} s"


with tempfile.TemporaryDirectory() as folder:
    start = fit(arguments.start, folder + "/start") + ".safetensors"
    print(f"| shape | from random weights | from {os.path.basename(arguments.start)} | IoU at the end, random and common |\n|---|---|---|---|")
    ratios, both = [], []
    for mesh in arguments.meshes:
        points, ends = [], []
        for more in ([], ["--init", start]):
            report = json.load(open(fit(mesh, folder + "/fit", "--report", *more) + ".json"))
            points.append(reached(report))
            ends.append(agreement(report["training"]["agreementCurve"][-1]))
        print(f"| {os.path.basename(mesh)} | {text(points[0])} | {text(points[1])} | {ends[0]:.4f}, {ends[1]:.4f} |", flush=True)
        if None not in points:
            both.append(points)
            ratios.append(points[1][0] / points[0][0])
    if both:
        random, common = ([p[i][1] for p in both] for i in (0, 1))
        print(f"\n{len(both)} of {len(arguments.meshes)} shapes reach {arguments.level} both ways: median "
              f"{statistics.median(random):.2f} s from random weights, {statistics.median(common):.2f} s from the common start; "
              f"steps {statistics.median(ratios):.2f} of those from random weights in the median, {min(ratios):.2f} to {max(ratios):.2f}.")
