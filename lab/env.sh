# shellcheck shell=bash
# Sourced first by every script in lab/ and by the Makefile's recipes: strict mode, paths, environment, messages.
#
# All that is made here lies in .cache/ or is a podman object whose name begins with "evenkeel-".

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
ROOT=$PWD
CACHE=$ROOT/.cache
VENV=$CACHE/venv
mkdir -p "$CACHE"

# sbin is not on every user's PATH, and podman's helpers live there.
export PATH=$VENV/bin:$PATH:/usr/sbin:/sbin

# Caches of the tools stay in the tree; bytecode is kept even where the environment forbids it, or each start of Ansible costs a second more.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$CACHE/pycache HYPOTHESIS_STORAGE_DIRECTORY=$CACHE/hypothesis
export UV_CACHE_DIR=$CACHE/uv UV_LINK_MODE=hardlink
export ANSIBLE_HOME=$CACHE/ansible ANSIBLE_COLLECTIONS_PATH=$CACHE/dev:$CACHE/collections
export LC_ALL=C.UTF-8

# Written by lab/podman where this machine's limits ask for it.
if [ -e "$CACHE/containers.conf" ]; then
    export CONTAINERS_CONF=$CACHE/containers.conf
fi

# What the lab's hosts run. Debian 12 has GlusterFS 10.3 and podman 4.3, Debian 13 has 11.1 and 5.4,
# Debian 14 (not released yet) has 11.2 and 5.8. Another recipe is another image.
export EVENKEEL_DEBIAN=${EVENKEEL_DEBIAN:-12}
# lab_image KIND DEBIAN: the name of the image of a kind of hosts, see lab/image/build.
lab_image() {
    local -a recipe
    mapfile -t recipe < <(find lab/image/build lab/image/Containerfile lab/image/lab-init "lab/image/$1" -type f | LC_ALL=C sort)
    echo "localhost/evenkeel-lab:$1-debian$2-$(cat "${recipe[@]}" | sha256sum | cut -c1-12)"
}
EVENKEEL_IMAGE=$(lab_image gluster "$EVENKEEL_DEBIAN")
EVENKEEL_BLANK_IMAGE_12=$(lab_image blank 12)
EVENKEEL_BLANK_IMAGE_13=$(lab_image blank 13)
EVENKEEL_BLANK_IMAGE_14=$(lab_image blank 14)
EVENKEEL_PODMAN_IMAGE_12=$(lab_image podman 12)
EVENKEEL_PODMAN_IMAGE_13=$(lab_image podman 13)
EVENKEEL_KUBERNETES_IMAGE_12=$(lab_image kubernetes 12)
EVENKEEL_KUBERNETES_IMAGE_13=$(lab_image kubernetes 13)
export EVENKEEL_BLANK_IMAGE_12 EVENKEEL_BLANK_IMAGE_13 EVENKEEL_BLANK_IMAGE_14
export EVENKEEL_IMAGE EVENKEEL_PODMAN_IMAGE_12 EVENKEEL_PODMAN_IMAGE_13 EVENKEEL_KUBERNETES_IMAGE_12 EVENKEEL_KUBERNETES_IMAGE_13

say() { printf '\n==> %s\n' "$*"; }
die() {
    printf '\nerror: %s\n' "$*" >&2
    exit 1
}

# The first Python that the tools run on: the user's, else the distribution's.
find_python() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

# The Pythons that nodes have, as found here: a line "VERSION PATH" for each. pyenv's own ones, since its shims fail for versions not chosen.
PYENV=${PYENV_ROOT:-$HOME/.pyenv}/versions
node_pythons() {
    local version python
    for version in 3.8 3.9 3.10 3.11 3.12 3.13 3.14; do
        for python in "$PYENV/$version".*/bin/"python$version" "/usr/bin/python$version" "/usr/local/bin/python$version"; do
            if [ -x "$python" ]; then
                echo "$version $python"
                break
            fi
        done
    done
}

# fresh STAMP FILE...: true if `stamp STAMP FILE...` was called and the files' contents are still the same.
fresh() { [ -e "$1" ] && [ "$(cat "$1")" = "$(cat "${@:2}" | sha256sum)" ]; }
stamp() { cat "${@:2}" | sha256sum >"$1"; }

# debian_root RELEASE PACKAGES FOLDER [OPTION...]: FOLDER/root.tar, a root file system of Debian with the packages that the file PACKAGES lists;
# OPTION is one of mmdebstrap's.
debian_root() {
    local release=$1 packages=$2 folder=$3 source
    local -A os
    while IFS='=' read -r name value; do os[$name]=${value//\"/}; done </etc/os-release
    [ "${os[ID]:-}" = debian ] || die "to bootstrap a root file system takes a Debian machine"
    # Debian's own mirrors as apt uses them here, but the release that is asked for.
    mkdir -p "$folder/sources"
    for source in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
        if grep -qsw main "$source"; then
            sed "s/\b${os[VERSION_CODENAME]}\b/$release/g" "$source" >"$folder/sources/${source##*/}"
        fi
    done
    timeout --foreground 600 mmdebstrap --quiet --variant=minbase --include="$(paste -sd, "$packages")" \
        "${@:4}" "$release" "$folder/root.tar" "$folder"/sources/*
}
