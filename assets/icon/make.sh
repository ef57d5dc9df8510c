#!/bin/sh
# Draws parallax.svg in the sizes that desktops ask for. Needs rsvg-convert (package librsvg2-bin).
set -eu
cd "$(dirname "$0")"
for size in 16 22 24 32 48 64 128 256 512; do
    rsvg-convert --width "$size" --height "$size" --output "$size.png" parallax.svg
done
