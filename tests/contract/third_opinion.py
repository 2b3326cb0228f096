"""A third opinion, by Debian's python3-jsonschema, where Pleach and ajv differ: JSON lines {"dialect", "schema", "instance"} in, for each "yes", "no" or "open" out."""
import json
import sys

import jsonschema

VALIDATORS = {"draft4": jsonschema.Draft4Validator, "draft6": jsonschema.Draft6Validator, "draft7": jsonschema.Draft7Validator,
              "draft2019-09": jsonschema.Draft201909Validator, "draft2020-12": jsonschema.Draft202012Validator}
for line in sys.stdin:
    case = json.loads(line)
    try:
        print("yes" if VALIDATORS[case["dialect"]](case["schema"]).is_valid(case["instance"]) else "no")
    except TypeError:  # it fails to word what is unevaluated, which it has found then
        print("no")
    except Exception:
        print("open")
