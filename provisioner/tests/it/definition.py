"""Prints the members of an operation of ECS, by AWS's published model.

Input: {"operation": NAME}. Output: under `members` a list of `PATH TYPE`, where `[]` stands for an element of a list and `{}` for a
value of a map; under `choices`, by path, the words that a text can be.
"""
import json
import sys

import botocore.session


def walk(shape, path, members, choices):
    kind = shape.type_name
    if kind == "structure":
        for name, member in shape.members.items():
            walk(member, f"{path}.{name}" if path else name, members, choices)
    elif kind == "list":
        walk(shape.member, path + "[]", members, choices)
    elif kind == "map":
        walk(shape.value, path + "{}", members, choices)
    else:
        members.append(f"{path} {kind}")
        if getattr(shape, "enum", None):
            choices[path] = shape.enum


def main():
    asked = json.load(sys.stdin)
    model = botocore.session.get_session().get_service_model("ecs")
    members, choices = [], {}
    walk(model.operation_model(asked["operation"]).input_shape, "", members, choices)
    json.dump({"members": sorted(members), "choices": choices}, sys.stdout)


main()
