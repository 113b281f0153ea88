#!/bin/sh
# Print the path of a Python interpreter, 3.12 or newer, that really starts.
#
# A name on PATH proves nothing: version managers leave shims that refuse to start until a version
# is chosen, so every candidate is run. $PYTHON, if set, is the only candidate.

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

# Print the real path of the interpreter if it is new enough; shims vanish behind sys.executable.
check() {
    "$1" -c 'import sys
if sys.version_info < (3, 12):
    sys.exit(1)
print(sys.executable)' 2>/dev/null
}

if [ -n "$PYTHON" ]; then
    check "$PYTHON" && exit 0
    version=$(version_of "$PYTHON")
    if [ -n "$version" ]; then
        echo "Engage needs Python 3.12 or newer; PYTHON=$PYTHON is Python $version." >&2
    else
        echo "Engage needs Python 3.12 or newer; PYTHON=$PYTHON does not start." >&2
    fi
    exit 1
fi

for name in python3.14 python3.13 python3.12; do
    # All of them, not only the first: a dead shim may hide a living interpreter further on.
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        IFS=$old_ifs
        [ -x "$folder/$name" ] && check "$folder/$name" && exit 0
        IFS=:
    done
    IFS=$old_ifs
done

for minor in 14 13 12; do
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor"*/bin/python; do
        [ -x "$candidate" ] && check "$candidate" && exit 0
    done
done

command -v python3 >/dev/null 2>&1 && check python3 && exit 0

if command -v uv >/dev/null 2>&1; then
    found=$(uv python find '>=3.12' 2>/dev/null) && [ -n "$found" ] && check "$found" && exit 0
    echo "No Python 3.12 or newer found; asking uv to install one." >&2
    uv python install 3.13 >&2 &&
        found=$(uv python find 3.13 2>/dev/null) && [ -n "$found" ] && check "$found" && exit 0
fi

echo "Engage needs Python 3.12 or newer and found none; install one or set PYTHON=/path/to/python3." >&2
exit 1
