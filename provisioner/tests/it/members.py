"""Prints what AWS's published models say, for the questions on standard input.

Input: {"answers": [{"service", "operation", "at"}], "attributes": [NAME]}. Output: under `answers`, a list of paths for each
in the same order, and under `attributes` the keys that the documentation of each shape names for application load
balancers. A path ends at a scalar, or at a list or map of scalars; `[]` stands for an element of a list, `{}` for a value
of a map.
"""
import json
import re
import sys

import botocore.session


def leaves(shape, path, above):
    kind = shape.type_name
    if kind == "structure":
        # A structure within itself (a map of attribute values) is told once.
        if shape.name in above:
            return [path]
        found = []
        for name, member in shape.members.items():
            found += leaves(member, f"{path}.{name}" if path else name, above | {shape.name})
        return found or [path]
    if kind in ("list", "map"):
        inner, mark = (shape.member, "[]") if kind == "list" else (shape.value, "{}")
        return leaves(inner, path + mark, above)
    return [path]


def below(shape, at):
    """The shape at a path such as `Rules[]`."""
    for part in filter(None, at.split(".")):
        name = part.rstrip("[]{}")
        shape = shape.members[name]
        for _ in range(part.count("[]")):
            shape = shape.member
        for _ in range(part.count("{}")):
            shape = shape.value
    return shape


def keys(shape):
    """The keys of attributes, of the paragraphs that are about load balancers of our kind."""
    found = []
    text = shape.members["Key"].documentation
    for part in re.split(r"(?=<p>The following attribute)", text):
        heading = re.sub(r"<[^>]+>", "", part.split("</p>")[0])
        if ("Application" in heading or "all load balancers" in heading) and "Lambda" not in heading:
            found += re.findall(r"<li> <p> <code>([a-z0-9_]+[.][a-z0-9_.]+)</code>", part)
    return found


def main():
    session = botocore.session.get_session()
    asked = json.load(sys.stdin)
    answers = []
    for one in asked["answers"]:
        model = session.get_service_model(one["service"])
        output = model.operation_model(one["operation"]).output_shape
        answers.append(leaves(below(output, one["at"]), "", frozenset()) if output else [])
    edge = session.get_service_model("elbv2")
    attributes = [keys(edge.shape_for(name)) for name in asked["attributes"]]
    json.dump({"answers": answers, "attributes": attributes}, sys.stdout)


main()
