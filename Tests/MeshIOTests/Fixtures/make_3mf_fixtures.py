#!/usr/bin/env python3
"""Writes 3mf.json beside it: small 3MF files as slicers and CAD programs write them, with what must be read of them. Needs the
standard library alone; zipfile and zlib make the archives."""
import base64, io, json, os, random, zipfile

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PRODUCTION = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06"
SLICE = "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07"
BEAM = "http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02"
MATERIAL = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
V = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0), (0, 0, 1), (2, 0, 1), (2, 1, 1), (0, 1, 1)]
T = [(0, 2, 1), (0, 3, 2), (4, 5, 6), (4, 6, 7), (0, 1, 5), (0, 5, 4), (1, 2, 6), (1, 6, 5), (2, 3, 7), (2, 7, 6), (3, 0, 4), (3, 4, 7)]
RELS = ('<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Target="{}" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>')
MESH = ("<mesh><vertices>" + "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in V) + "</vertices><triangles>"
        + "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}" pid="1" p1="0"/>' for a, b, c in T) + "</triangles></mesh>")


def model(resources, build, unit=' unit="millimeter"', attributes=""):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- a test --><model{unit} xml:lang="en-US" xmlns="{CORE}" {attributes}>'
            f'<metadata name="Title">a &amp; b</metadata><resources>{resources}</resources><build>{build}</build></model>')


def archive(files, start="/3D/3dmodel.model", method=zipfile.ZIP_DEFLATED, level=9, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method, compresslevel=level) as z:
        # Without the time of day, the same bytes each time.
        def add(name, text): z.writestr(zipfile.ZipInfo(name), text, method, level)
        add("[Content_Types].xml", "<Types/>")
        if start: add("_rels/.rels", RELS.format(start))
        for name, text in files.items(): add(name, text)
        z.comment = comment
    return out.getvalue()


def box(identity="1", kind="model"): return f'<object id="{identity}" type="{kind}">{MESH}</object>'
def one(text, **more): return archive({"3D/3dmodel.model": text}, **more)


ITEM = '<item objectid="1"/>'
PLAIN = model(box(), ITEM)
noise = "<!-- " + "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz ", k=70000)) + " -->"
USED = f'xmlns:p="{PRODUCTION}" requiredextensions="p"'
cases = []


def case(name, data, boxes=1, low=(0, 0, 0), high=(2, 1, 1), volume=2, unit="millimeter"):
    cases.append({"name": name, "data": base64.b64encode(data).decode(), "triangles": 12 * boxes, "minimum": low, "maximum": high,
                  "volume": volume, "unit": unit})


def fails(name, data): cases.append({"name": name, "data": base64.b64encode(data).decode()})


case("deflated", one(PLAIN))
case("stored", one(PLAIN, method=zipfile.ZIP_STORED))
case("deflated fast", one(PLAIN, level=1))
case("stored blocks within deflate", one(PLAIN, level=0))
case("long, with distances across the window", one(PLAIN.replace("<!-- a test -->", noise)))
case("a comment behind the archive", one(PLAIN, comment=b"PK\x05\x06 made by hand"))
case("no relations", one(PLAIN, start=None))
case("another start part", archive({"Models/Part One.model": PLAIN, "3D/other.model": model("", "")}, start="/Models/Part One.model"))
case("namespace prefixes", one(PLAIN.replace("<", "<m:").replace("<m:/", "</m:").replace("<m:?", "<?").replace("<m:!", "<!").replace("xmlns=", "xmlns:m=")))
for unit in ["micron", "centimeter", "inch", "foot", "meter"]: case(f"unit {unit}", one(model(box(), ITEM, f' unit="{unit}"')), unit=unit)
case("no unit", one(model(box(), ITEM, "")))
case("moved and scaled", one(model(box(), '<item objectid="1" transform="2 0 0 0 2 0 0 0 2 10 20 30"/>')), 1, (10, 20, 30), (14, 22, 32), 16)
case("turned", one(model(box(), '<item objectid="1" transform="0 1 0 -1 0 0 0 0 1 0 0 0"/>')), 1, (-1, 0, 0), (0, 2, 1), 2)
case("mirrored", one(model(box(), '<item objectid="1" transform="-1 0 0 0 1 0 0 0 1 0 0 0"/>')), 1, (-2, 0, 0), (0, 1, 1), 2)
case("two items of one object", one(model(box(), ITEM + '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>')), 2, (0, 0, 0), (7, 1, 1), 4)
parts = ('<object id="2" type="model"><components><component objectid="1"/>'
         '<component objectid="1" transform="1 0 0 0 1 0 0 0 1 0 3 0"/></components></object>')
case("components", one(model(box() + parts, '<item objectid="2" transform="1 0 0 0 1 0 0 0 1 0 0 7"/>')), 2, (0, 0, 7), (2, 4, 8), 4)
nested = '<object id="3" type="model"><components><component objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 0"/></components></object>'
case("components of components", one(model(box() + parts + nested, '<item objectid="3"/>')), 2, (-4, 0, 0), (0, 2, 1), 4)
case("an object that nothing builds", one(model(box() + box("9"), ITEM)))
case("supports are left out", one(model(box() + box("8", "support"), ITEM + '<item objectid="8" transform="1 0 0 0 1 0 0 0 1 50 0 0"/>')))
component = '<object id="5" type="model"><components><component p:path="/3D/Objects/a%s.model" objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0 4"/></components></object>'
bambu = {"3D/3dmodel.model": model(component % "", '<item objectid="5" transform="1 0 0 0 1 0 0 0 1 7 0 0" printable="1"/>', attributes=USED),
         "3D/Objects/a.model": model(box(), "", attributes=USED)}
case("parts in other files", archive(bambu), 1, (7, 0, 4), (9, 1, 5), 2)
case("an item in another file", archive({"3D/3dmodel.model": model("", '<item objectid="1" p:path="/3D/Objects/a.model"/>', attributes=USED),
                                          "3D/Objects/a.model": model(box(), "")}))
case("slices beside a mesh", one(model('<s:slicestack id="4" zbottom="0"><s:slice ztop="0.5"/></s:slicestack>'
     + box().replace("<object", '<object s:slicestackid="4"'), ITEM, attributes=f'xmlns:s="{SLICE}" requiredextensions="s"')))
case("names of the format in a namespace of somebody's own", one(model(box().replace("</triangles>", '</triangles><q:extra><q:triangle v1="0" v2="1" v3="2"/></q:extra>'
     '<extra xmlns="urn:q"><vertex x="9" y="9" z="9"/></extra>'), ITEM, attributes='xmlns:q="urn:q"')))
case("numbers with characters by number", one(PLAIN.replace('x="2"', 'x="&#50;&#x2e;0"')))
case("a start part with a blank in its name", archive({"3D/my model.model": PLAIN}, start="/3D/my%20model.model"))
case("an object of the type other that nothing builds", one(model(box() + box("9", "other"), "")))
case("materials", one(model('<m:colorgroup id="7"><m:color color="#FF0000FF"/></m:colorgroup>' + box(), ITEM, attributes=f'xmlns:m="{MATERIAL}" requiredextensions="m"')))
case("an optional extension", one(model(box(), ITEM, attributes='xmlns:q="urn:q" recommendedextensions="q"')))
case("CDATA, comments and single quotes", one(PLAIN.replace("a &amp; b", "<![CDATA[<vertex x='9'/>]]><!-- <vertex/> -->").replace('x="2"', "x = '2'")))
twice = ("<mesh><vertices>" + "".join(f'<vertex x="{x + d}" y="{y}" z="{z}"/>' for d in (0, 50) for x, y, z in V) + "</vertices><triangles>"
         + "".join(f'<triangle v1="{a + d}" v2="{b + d}" v3="{c + d}"/>' for d in (0, 8) for a, b, c in T) + "</triangles></mesh>")


def prusa(second): return archive({"3D/3dmodel.model": model(f'<object id="1" type="model">{twice}</object>', ITEM),
    "Metadata/Slic3r_PE_model.config": '<?xml version="1.0" encoding="UTF-8"?>\n<config>\n <object id="1" instances_count="1">\n'
    '  <metadata type="object" key="name" value="a"/>\n  <volume firstid="0" lastid="11">\n   <metadata type="volume" key="volume_type" value="ModelPart"/>\n'
    f'  </volume>\n  <volume firstid="12" lastid="23">\n   <metadata type="volume" {second}/>\n  </volume>\n </object>\n</config>\n'})


def orca(subtype): return archive({"3D/3dmodel.model": model(box("1") + box("2")
    + '<object id="5" type="model"><components><component objectid="1"/><component objectid="2" transform="1 0 0 0 1 0 0 0 1 50 0 0"/></components></object>',
    '<item objectid="5"/>'), "Metadata/model_settings.config": '<?xml version="1.0" encoding="UTF-8"?>\n<config>\n  <object id="5">\n    <metadata key="name" value="a"/>\n'
    f'    <part id="1" subtype="normal_part">\n      <metadata key="name" value="a"/>\n    </part>\n    <part id="2" subtype="{subtype}"/>\n  </object>\n</config>\n'})


case("two parts of a slicer's object", prusa('key="volume_type" value="ModelPart"'), 2, (0, 0, 0), (52, 1, 1), 4)
case("a modifier", prusa('key="volume_type" value="ParameterModifier"'))
case("a modifier, as before 2.0", prusa('key="modifier" value="1"'))
case("a support blocker", prusa('key="volume_type" value="SupportBlocker"'))
case("two components of a slicer's object", orca("normal_part"), 2, (0, 0, 0), (52, 1, 1), 4)
case("a modifier component", orca("modifier_part"))
case("a support enforcer component", orca("support_enforcer"))
fails("a negative volume", prusa('key="volume_type" value="NegativeVolume"'))
fails("a negative component", orca("negative_part"))
fails("an extension that it requires", one(model(box(), ITEM, attributes='xmlns:q="urn:q" requiredextensions="q"')))
fails("a beam lattice", one(model(box().replace("</mesh>", '<b:beamlattice radius="1" minlength="0.1"><b:beams/></b:beamlattice></mesh>'), ITEM, attributes=f'xmlns:b="{BEAM}"')))
fails("an object given as slices", one(model(box().replace("<object", '<object s:meshresolution="lowres"'), ITEM, attributes=f'xmlns:s="{SLICE}"')))
fails("a part that is not there", archive({"3D/3dmodel.model": bambu["3D/3dmodel.model"]}))
fails("an object that is not there", one(model(box(), '<item objectid="6"/>')))
fails("components in a circle", one(model('<object id="1"><components><component objectid="2"/></components></object><object id="2"><components><component objectid="1"/></components></object>', ITEM)))
doubling = "".join(f'<object id="{i}"><components><component objectid="{i + 1}"/><component objectid="{i + 1}"/></components></object>' for i in range(1, 60))
fails("two to the power of sixty components", one(model(doubling + box("60"), ITEM)))
fails("an index out of range", one(PLAIN.replace('v1="3"', 'v1="8"')))
fails("a vertex without z", one(PLAIN.replace(' z="1"', "")))
fails("a word for a number", one(PLAIN.replace('x="2"', 'x="two"')))
fails("a transform of eleven numbers", one(model(box(), '<item objectid="1" transform="1 0 0 0 1 0 0 0 1 0 0"/>')))
fails("a transform with a word between its numbers", one(model(box(), '<item objectid="1" transform="1 0 0 oops 0 1 0 0 0 1 0 0 0"/>')))
fails("parts in different units", archive({**bambu, "3D/Objects/a.model": model(box(), "", ' unit="inch"', USED)}))
fails("building an object of the type other", one(model(box("1", "other"), ITEM)))
fails("an object that stands for a finer one", one(model(box().replace("<object", '<object a:modelresolution="lowres"'), ITEM,
      attributes='xmlns:a="http://schemas.microsoft.com/3dmanufacturing/production/alternatives/2021/04"')))
fails("an unknown unit", one(model(box(), ITEM, ' unit="cubit"')))
fails("tags that do not close", one(PLAIN.replace("</mesh>", "")))
fails("XML cut short", one(PLAIN[:len(PLAIN) // 2]))
fails("nothing to build", one(model("", "")))
fails("no model", archive({"a.txt": "a"}, start=None))
whole = one(PLAIN)
fails("cut short", whole[:-30])
fails("cut short in its data", whole[len(whole) // 3:])
damaged = bytearray(one(PLAIN, method=zipfile.ZIP_STORED))
damaged[damaged.index(b'x="2"') + 3] = ord("3")
fails("a wrong checksum", bytes(damaged))
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "3mf.json"), "w") as f:
    f.write('{"files": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n")
print(len(cases), "files")
