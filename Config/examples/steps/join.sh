#!/bin/sh
# Prints the customers of two files who stand in both, with the rows of each. Usage: join.sh LEFT RIGHT
[ -r "$1" ] && [ -r "$2" ] || { printf 'join.sh: %s or %s cannot be read\n' "$1" "$2" >&2; exit 1; }
awk -F, 'FNR == 1 { next } NR == FNR { left[$2]++; next } { right[$2]++ }
    END { for (name in left) if (name in right) print name ": " left[name] " orders, " right[name] " tickets" }' "$1" "$2" | sort
