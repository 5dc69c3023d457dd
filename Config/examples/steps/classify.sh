#!/bin/sh
# Prints which sources a question is about, as a JSON list. Usage: classify.sh QUESTION
question=$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')
found=
for pair in orders:order orders:customer tickets:ticket tickets:customer notes:refund; do
    case "$question" in
        *"${pair#*:}"*) case ",$found," in *",\"${pair%%:*}\","*) ;; *) found="${found:+$found,}\"${pair%%:*}\"" ;; esac ;;
    esac
done
printf '[%s]\n' "${found:-\"notes\"}"
