#!/bin/sh
# Prints the operations on some sources: first one read of each, then what needs two of them. Usage: plan.sh SOURCE,SOURCE
reads= joins=
for source in $(printf '%s' "$1" | tr ',' ' '); do
    case "$source" in
        orders) reads="${reads:+$reads,}"'{"id":"orders","file":"data/orders.csv","column":4}' ;;
        tickets) reads="${reads:+$reads,}"'{"id":"tickets","file":"data/tickets.csv","column":2}' ;;
        notes) reads="${reads:+$reads,}"'{"id":"notes","file":"data/notes.md","column":1}' ;;
    esac
done
case ",$1," in *,orders,*tickets,*) joins='{"id":"orders-tickets","left":"data/orders.csv","right":"data/tickets.csv"}' ;; esac
printf '{"operations":[%s],"joins":[%s]}\n' "$reads" "$joins"
