#!/usr/bin/env bash
# jax 0.10.2, jaxlib 0.10.2: XLA stops reading XLA_FLAGS at the first word without dashes, and says nothing.
#
# Instructions on the web still recommend
#     XLA_FLAGS="--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
# The second word has been no flag for years. One would expect an error, as for an unknown flag with dashes, or
# that the word is skipped. Instead all flags after it are lost: in the last case below nothing is dumped.
#
# Seen:
#     the flag alone: 1
#     a bare word after it: 1
#     a bare word before it: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2

compiled() { # the flags, with DUMP for a folder; 1 if XLA has dumped something there
  rm -rf "$folder/dump"
  XLA_FLAGS="${1//DUMP/$folder/dump}" JAX_PLATFORMS=cpu "$folder/venv/bin/python" -c \
    "import jax; jax.jit(lambda x: x + 1)(1.0)" 2>/dev/null
  if [ -n "$(ls "$folder/dump" 2>/dev/null)" ]; then echo 1; else echo 0; fi
}

eigen=--xla_cpu_multi_thread_eigen=false word=intra_op_parallelism_threads=1
found="the flag alone: $(compiled "$eigen --xla_dump_to=DUMP")
a bare word after it: $(compiled "$eigen --xla_dump_to=DUMP $word")
a bare word before it: $(compiled "$eigen $word --xla_dump_to=DUMP")"
echo "$found"
expected="the flag alone: 1
a bare word after it: 1
a bare word before it: 0"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
