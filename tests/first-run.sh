#!/bin/sh
# first-run.sh - from a fresh checkout to a draft: installs what building needs, builds the program
# as ./build/pm-timeline, and prints the draft about the logs in fixtures/booktiful.
set -eu
cd "$(dirname "$0")/.."
tests/setup.sh build

output=$(mktemp)
trap 'rm -f "$output"' EXIT
build() {
    if [ ! -f build/build.ninja ]; then
        meson setup build --buildtype=release -Dtests=false || return
    fi
    meson compile -C build
}
echo "building ./build/pm-timeline ..." >&2
build >"$output" 2>&1 || {
    tail -n 40 "$output" >&2
    echo "first-run.sh: error: the build failed (above)" >&2
    exit 1
}
./build/pm-timeline --assume-tz 'web-*=Africa/Nairobi' fixtures/booktiful/logs
