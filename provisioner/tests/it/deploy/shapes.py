"""Holds requests against the service models that botocore carries: python shapes.py FILE.

FILE is a JSON list of [operation, parameters]. A member that the model does not have, a value of the wrong type and a
required member that is missing are each told, and are the exit code 1.
"""
import json
import sys

import botocore.session
from botocore.validate import ParamValidator

session = botocore.session.get_session()
wrong = 0
for operation, parameters in json.load(open(sys.argv[1])):
    service, name = operation.split(":")
    shape = session.get_service_model(service).operation_model(name).input_shape
    report = ParamValidator().validate(parameters, shape)
    enums = []

    def walk(value, shape, path):
        if shape.type_name == "structure":
            for key, item in value.items():
                walk(item, shape.members[key], f"{path}.{key}")
        elif shape.type_name == "list":
            for item in value:
                walk(item, shape.member, f"{path}[]")
        elif getattr(shape, "enum", None) and value not in shape.enum:
            enums.append(f"{path}: {value!r} is none of {shape.enum}")

    if not report.has_errors():
        walk(parameters, shape, name)
    for line in [report.generate_report()] * report.has_errors() + enums:
        print(f"{operation}: {line}")
        wrong += 1
sys.exit(wrong > 0)
