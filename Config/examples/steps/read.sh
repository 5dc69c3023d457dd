#!/bin/sh
# Counts the rows of a file by one of its columns; a text is counted by lines. Usage: read.sh FILE COLUMN
[ -r "$1" ] || { printf 'read.sh: %s cannot be read\n' "$1" >&2; exit 1; }
case "$1" in
    *.csv) tail -n +2 "$1" | cut -d, -f"$2" | sort | uniq -c | awk '{ n = $1; $1 = ""; print substr($0, 2) ": " n }' ;;
    *) printf 'lines: %s\n' "$(grep -c . "$1")" ;;
esac
