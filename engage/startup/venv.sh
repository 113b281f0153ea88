#!/bin/sh
# Make the virtual environment and install the locked packages into it.
#
#   venv.sh DIRECTORY LOCKFILE...
#
# Does nothing if the directory has a living interpreter and copies of exactly these lock files,
# which are put there after a successful installation.
set -u
here=$(dirname "$0")
venv=$1
shift

fail() {
    echo "$1" >&2
    exit 1
}

is_installed() {
    for lock in "$@"; do
        cmp -s "$lock" "$venv/installed/$(echo "$lock" | tr / _)" || return 1
    done
}

lives() {
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null
}

if lives && is_installed "$@"; then
    exit 0
fi

if ! lives; then
    python=$(sh "$here/python.sh") || exit 1
    echo "Making $venv with $python …"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >/dev/null 2>&1; then
        # Debian without python3-venv has no ensurepip; uv can install without it.
        rm -rf "$venv"
        if command -v uv >/dev/null 2>&1 && "$python" -m venv --without-pip "$venv" 2>/dev/null; then
            :
        else
            rm -rf "$venv"
            fail "$python cannot make virtual environments; install its venv package (Debian, Ubuntu: apt install python3-venv) or uv."
        fi
    fi
fi

arguments=""
for lock in "$@"; do
    [ -f "$lock" ] || fail "The lock file $lock is missing; this checkout is not complete."
    arguments="$arguments -r $lock"
done

echo "Installing the packages of $* …"
# shellcheck disable=SC2086 -- a list of options, file names without blanks
if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --quiet $arguments ||
        fail "The packages could not be installed; the reason stands above."
else
    uv pip install --quiet --python "$venv/bin/python" $arguments ||
        fail "The packages could not be installed; the reason stands above."
fi

mkdir -p "$venv/installed"
for lock in "$@"; do
    cp "$lock" "$venv/installed/$(echo "$lock" | tr / _)"
done
