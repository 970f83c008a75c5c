#!/bin/sh
# setup.sh - installs what building or testing pm-timeline needs, from Debian packages.
#
#   tests/setup.sh build   compiler, meson and the libraries
#   tests/setup.sh test    all of that, and the servers and tools the tests use
#
# When everything is there already, nothing happens: no apt, no network. The servers are only
# installed: none is started now, and none of the new ones is left to start at the next boot.
set -eu

build_packages="libc6-dev meson ninja-build pkg-config libpcre2-dev libcjson-dev zlib1g-dev
    libbz2-dev liblzma-dev libzstd-dev libarchive-dev libsystemd-dev tzdata"
test_packages="gcc clang libclang-rt-dev libcmocka-dev nginx haproxy rsyslog logrotate
    python3 python3-jsonschema gzip mandoc"

fail() {
    echo "setup.sh: error: $*" >&2
    exit 1
}

case "${1-}" in
build) packages=$build_packages ;;
test) packages="$build_packages $test_packages" ;;
*)
    echo "usage: tests/setup.sh build|test" >&2
    exit 2
    ;;
esac
command -v cc >/dev/null || packages="gcc $packages"
packages=$(echo $packages) # one line

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    fail "no apt here; install by hand what Debian calls: $packages"
fi

missing=
for package in $packages; do
    if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0
missing=${missing# }

if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "neither root nor sudo; as root: apt-get install $missing"
    # With a terminal sudo may ask for the password; without one it must not wait for it.
    [ -t 0 ] && ask= || ask=-n
    sudo $ask true || fail "sudo refused; as root: apt-get install $missing"
    exec sudo $ask sh "$0" "$1"
fi

# Debian starts a server as soon as it is installed unless policy-rc.d answers 101 ("forbidden").
# A policy that already says so stays; any other is set aside and put back whatever happens. What
# a killed run left behind is recognised by its marker and cleaned up by the next one.
policy=/usr/sbin/policy-rc.d
aside=$policy.before-pm-timeline
marker="written by pm-timeline tests/setup.sh"
log=$(mktemp)

restore() {
    rm -f "$log"
    if grep -qs "$marker" "$policy"; then
        rm -f "$policy"
    fi
    if [ -e "$aside" ] || [ -L "$aside" ]; then
        mv "$aside" "$policy"
    fi
}
trap restore EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

forbids_starting() {
    code=0
    "$policy" nginx start >/dev/null 2>&1 || code=$?
    [ "$code" -eq 101 ]
}

if ! forbids_starting; then
    if [ -e "$policy" ] || [ -L "$policy" ]; then
        mv "$policy" "$aside"
    fi
    printf '#!/bin/sh\n# %s\nexit 101\n' "$marker" >"$policy"
    chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
{
    apt-get -qq update &&
        apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 \
            -o Dpkg::Options::=--force-confold install $missing
} >"$log" 2>&1 </dev/null || {
    tail -n 15 "$log" >&2
    fail "apt-get could not install: $missing"
}

# What was not here before must not run from the next boot on either.
if command -v systemctl >/dev/null; then
    for package in $missing; do
        case $package in
        nginx | haproxy | rsyslog) systemctl disable --quiet "$package" >/dev/null 2>&1 || : ;;
        logrotate) systemctl disable --quiet logrotate.timer >/dev/null 2>&1 || : ;;
        esac
    done
fi
