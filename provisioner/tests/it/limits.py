"""Prints every limit that AWS's published models put on a member of the requests that are asked for.

Input: {"operations": ["iam:CreateRole"]}, by IAM's names for services. Output: a list of {"service", "operation", "member",
"min", "max", "pattern", "enum"}, each with those that the model has. A path has `[]` for an element of a list, `{key}` and
`{value}` for those of a map; a list or a map itself is limited in its length.
"""
import json
import sys

import botocore.session

MODELS = {
    "elasticloadbalancing": "elbv2",
    "servicequotas": "service-quotas",
    "tag": "resourcegroupstaggingapi",
}


def members(shape, path, above):
    kind = shape.type_name
    # A structure within itself is told once.
    if kind == "structure" and shape.name not in above:
        for name, member in shape.members.items():
            yield from members(member, f"{path}.{name}" if path else name, above | {shape.name})
    elif kind == "list":
        yield path, shape
        yield from members(shape.member, path + "[]", above)
    elif kind == "map":
        yield path, shape
        yield from members(shape.key, path + "{key}", above)
        yield from members(shape.value, path + "{value}", above)
    elif kind != "structure":
        yield path, shape


def limits(shape):
    found = {key: shape.metadata[key] for key in ("min", "max", "pattern") if key in shape.metadata}
    if getattr(shape, "enum", None):
        found["enum"] = list(shape.enum)
    return found


def main():
    session = botocore.session.get_session()
    told = []
    for action in json.load(sys.stdin)["operations"]:
        service, operation = action.split(":")
        model = session.get_service_model(MODELS.get(service, service))
        request = model.operation_model(operation).input_shape
        for path, shape in members(request, "", frozenset()) if request else []:
            place = {"service": service, "operation": operation, "member": path, "type": shape.type_name}
            told.append(place | limits(shape))
    json.dump(told, sys.stdout)


main()
