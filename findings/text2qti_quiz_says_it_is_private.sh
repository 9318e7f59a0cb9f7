#!/usr/bin/env bash
# text2qti 0.8.0: a package that anybody may use says of itself "Private (Copyrighted)", and of no other rights.
#
# A quiz can have a title, a description and options, but nothing about rights. One would expect the manifest to leave
# them open. Its metadata say that copyright and other restrictions apply, as a constant, so that a platform which shows
# them shows the opposite of a license that stands in the description. The day beside it is the day of packing.
#
# Seen:
#     yes
#     Private (Copyrighted) - http://en.wikipedia.org/wiki/Copyright
#     CC BY in the manifest: False
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check text2qti==0.8.0 bespon==0.7.0 markdown==3.11.3

cat > "$folder/try.py" <<'END'
import io
import re
import zipfile

from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

text = """Quiz title: Sums
Quiz description: CC BY 4.0

1. How much is one and one?
*a) two
b) three
"""
packed = QTI(Quiz(text, config=Config(), source_name="sums")).zip_bytes()
manifest = zipfile.ZipFile(io.BytesIO(packed)).read("imsmanifest.xml").decode()
rights = re.search("<imsmd:rights>.*</imsmd:rights>", manifest, re.DOTALL)[0]
print(re.search("<imsmd:value>(.*)</imsmd:value>", rights)[1])
print(re.search("<imsmd:string>(.*)</imsmd:string>", rights)[1])
print("CC BY in the manifest:", "CC BY" in manifest)
END
found=$("$folder/venv/bin/python" "$folder/try.py")
echo "$found"
expected="yes
Private (Copyrighted) - http://en.wikipedia.org/wiki/Copyright
CC BY in the manifest: False"
[ "$found" = "$expected" ] || { echo "this has changed"; exit 1; }
