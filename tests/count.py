"""Counts the results of several builds. Usage: count.py BUILDS_THAT_FAILED DIR...

Reads what meson wrote of its last test run (meson-logs/testlog.json, one object a line), names what
did not pass, prints "N passed, N failed" and exits with 1 if anything failed.
"""
import json
import os
import sys


def main():
    passed, failed = 0, int(sys.argv[1])
    for folder in sys.argv[2:]:
        log = os.path.join(folder, "meson-logs", "testlog.json")
        results = []
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as f:
                results = [json.loads(line) for line in f if line.strip()]
        if not results:
            print(f"{folder}: no test ran")
            failed += 1
        for r in results:
            if r["result"] in ("OK", "EXPECTEDFAIL"):
                passed += 1
            else:
                failed += 1
                print(f"{folder}: {r['result']}: {r['name']}")
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0 or passed == 0)


if __name__ == "__main__":
    sys.exit(main())
