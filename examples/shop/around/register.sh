#!/bin/bash
# Registers label-printer, which runs elsewhere, with Pleach by Consul's API: around/register.sh HOST:PORT of control. Its state is good for an hour, then it is critical.
set -euo pipefail
body='{"ID": "label-printer-1", "Name": "label-printer", "Address": "10.20.0.7", "Port": 9100, "Tags": ["warehouse"], "Check": {"Name": "it prints", "TTL": "1h", "Status": "passing"}}'
exec 3<>"/dev/tcp/${1%:*}/${1##*:}"
printf 'PUT /v1/agent/service/register HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' "$1" ${#body} "$body" >&3
read -r -t 10 _ status _ <&3
[ "$status" = 200 ] || { echo "register: answered $status" >&2; exit 1; }
echo "PUT http://$1/v1/agent/service/register  $body"
