#!/bin/sh
# run-all.sh - every test there is, in three builds, with warnings as errors:
#
#   build-asan      clang, address and undefined-behaviour sanitizers; all but the real servers and
#                   what compares many answers with each other or with a truth
#   build-tsan      gcc, thread sanitizer; what runs the whole program on its threads
#   build-release   gcc, optimised; everything, the outage on real servers too
#
# The last line is "N passed, N failed", a test counting once in each build it runs in. A build
# that fails, or runs nothing, is a failure; so is a skipped test: all that is needed was installed.
cd "$(dirname "$0")/.." || exit 1
tests/setup.sh test || exit 1

export ASAN_OPTIONS=halt_on_error=1:abort_on_error=1:strict_string_checks=1
export UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:print_stacktrace=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# Sanitizers of these compilers lose their way in the address layout of newer kernels.
fixed_layout=
if setarch "$(uname -m)" -R true 2>/dev/null; then
    fixed_layout="setarch $(uname -m) -R"
fi

broken=0
built=

# run_build DIR COMPILER "MESON OPTIONS" "TEST OPTIONS"
run_build() {
    echo "== $1"
    rm -f "$1/meson-logs/testlog.json"
    again=
    [ -f "$1/build.ninja" ] && again=--reconfigure
    if ! output=$(CC=$2 meson setup $again "$1" -Dwarning_level=3 -Dwerror=true $3 2>&1 &&
        $fixed_layout meson compile -C "$1" 2>&1); then
        echo "$output" | tail -n 60
        echo "== $1 could not be built"
        broken=$((broken + 1))
        return
    fi
    built="$built $1"
    $fixed_layout meson test -C "$1" --no-rebuild --print-errorlogs $4 || :
}

run_build build-asan clang "--buildtype=debug -Db_sanitize=address,undefined -Db_lundef=false" \
    "--no-suite real --no-suite stories --no-suite score --no-suite threads --no-suite ways \
        --timeout-multiplier 3"
run_build build-tsan gcc "--buildtype=debugoptimized -Db_sanitize=thread" \
    "--suite golden --suite threads --timeout-multiplier 5"
run_build build-release gcc "--buildtype=release" ""

exec python3 -B tests/count.py "$broken" $built
