"""A talk process of a few lines, with the protocol of the real one, to fail on demand."""

import json
import sys


def say(**answer: object) -> None:
    print(json.dumps(answer), flush=True)


say(id=None, done={"ready": True, "process": 0})
for line in sys.stdin:
    asked = json.loads(line)
    number, verb = asked["id"], asked["verb"]
    if verb == "load" and asked["run"] == "fall":
        sys.exit(1)
    elif verb == "load" and asked["run"] == "missing":
        say(id=number, error={"what": "No such run.", "expected": "", "fix": "", "path": ["run"]})
    elif verb == "generate":
        say(id=number, started={"ids": [1]})
        for text in ("a", "b"):
            say(id=number, token={"id": 1}, text=text)
        say(id=number, done={"reason": "length"})
    elif verb == "cancel":
        say(id=number, done={"cancelled": 0})
    else:
        say(id=number, done={"asked": asked})
