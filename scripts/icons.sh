#!/usr/bin/env bash
# Draws the icons of every platform from icons/postroom.svg. Needed only after the drawing changed: the results are part
# of the repository. Takes rsvg-convert (librsvg2-bin), ImageMagick and python3.
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$root/icons"

draw() { rsvg-convert --width "$1" --height "$1" --output "$2" postroom.svg; }

draw 32 32x32.png
draw 128 128x128.png
draw 256 128x128@2x.png
draw 512 icon.png

ico=()
for size in 16 24 32 48 64 256; do
  draw "$size" "$work/$size.png"
  ico+=("$work/$size.png")
done
convert "${ico[@]}" icon.ico

for size in 128 512 1024; do draw "$size" "$work/$size.png"; done
# An icns file is a list of PNG files, each under the name of its size.
python3 - "$work" <<'PY'
import struct, sys
sizes = [(b"ic11", 32), (b"ic12", 64), (b"ic07", 128), (b"ic08", 256), (b"ic13", 256), (b"ic09", 512), (b"ic14", 512), (b"ic10", 1024)]
entries = b""
for name, size in sizes:
    png = open(f"{sys.argv[1]}/{size}.png", "rb").read()
    entries += name + struct.pack(">I", len(png) + 8) + png
open("icon.icns", "wb").write(b"icns" + struct.pack(">I", len(entries) + 8) + entries)
PY
