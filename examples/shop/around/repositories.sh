#!/bin/bash
# Makes the repositories that lie around the shop, as they are in a company of four teams after some years: around/repositories.sh FOLDER
# label-printer belongs to nobody, and who wrote it is busy elsewhere; fax-gateway belongs to a team that was dissolved; pricing says one owner and its commits another; warehouse has a
# runbook that cannot be read; order-hub is orders once more, by another team, with code copied out of pricing; two teams take requests for
# HTTP, one httpx; warehouse decided for RabbitMQ and order-hub for Kafka; search is as it should be.
# order-hub and warehouse can only be released together; fax-gateway hangs on a library that was given up.
set -euo pipefail
shop=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?usage: around/repositories.sh FOLDER}
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
now=$(date +%s)

repository() { mkdir -p "$folder/$1" && cd "$folder/$1" && git init -q -b main .; }
commit() { # who, days ago, message
	local when="@$((now - $2 * 86400)) +0000" mail=${1%% *}
	mail=$(tr 'A-Z' 'a-z' <<<"$mail")@shop.example
	git add -A
	GIT_AUTHOR_NAME=$1 GIT_AUTHOR_EMAIL=$mail GIT_COMMITTER_NAME=$1 GIT_COMMITTER_EMAIL=$mail GIT_AUTHOR_DATE=$when GIT_COMMITTER_DATE=$when git commit -q -m "$3"
}
component() { # name, owner, what for
	printf 'apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: %s\n  description: %s\nspec:\n  type: service\n  lifecycle: production\n  owner: %s\n' "$1" "$3" "$2" >catalog-info.yaml
}
group() { printf -- '---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: { name: %s }\nspec: { type: team, children: [], members: [%s] }\n' "$1" "$2"; }
python_service() { # what it does, what it needs besides flask
	printf 'FROM python:3.12-slim\nEXPOSE 8080\nHEALTHCHECK CMD wget -q localhost:8080/healthz\n' >Dockerfile
	printf '%s\n' flask==3.0.3 "${@:2}" >requirements.txt
	printf '# %s\nfrom flask import Flask\n\napp = Flask(__name__)\n' "$1" >app.py
}
prices() { # how prices are rounded, the same wherever it was copied to
	for i in $(seq 12); do printf 'def tier_%d(cents, pieces):\n    rebate = cents * pieces * %d // 1000\n    return max(cents * pieces - rebate, %d)\n\n\n' "$i" "$((i * 3))" "$((i * 10))"; done
}
release() { # days ago, hour, version: of the repository at hand
	local when="@$((now / 86400 * 86400 - $1 * 86400 + $2 * 3600)) +0000"
	GIT_COMMITTER_NAME=release GIT_COMMITTER_EMAIL=release@shop.example GIT_COMMITTER_DATE=$when git tag -a -m "$3" "$3"
}

repository teams
{ group sales 'sam@shop.example'; group billing 'bea@shop.example, bob@shop.example'; group logistics 'lou@shop.example'; group platform 'pia@shop.example, per@shop.example'; } >org.yaml
commit 'Pia Pole' 400 'who is in which team'

repository label-printer
python_service 'prints labels for parcels'
commit 'Lou Lane' 900 'prints'
printf '\n@app.get("/labels")\ndef labels():\n    return []\n' >>app.py
commit 'Lou Lane' 700 'a list'

repository fax-gateway
component fax-gateway telephony 'orders by fax'
python_service 'takes orders by fax' bottle==0.12.25 urllib3==1.26.5 pycrypto==2.6.1
commit 'Gus Grand' 1200 'fax'

repository pricing
component pricing sales 'what things cost'
python_service 'what things cost' requests==2.31.0 psycopg2==2.9.9
prices >tiers.py
commit 'Sam Sung' 500 'prices'
for i in $(seq 9); do printf 'RATE_%d = %d\n' "$i" "$((i * 7))" >>rates.py && commit 'Bea Bell' "$((200 - i * 20))" "rate $i"; done

repository warehouse
component warehouse logistics 'what lies where'
python_service 'what lies where' requests==2.32.3 psycopg2==2.9.9 pika==1.3.2
printf '# Warehouse\n\nWhat lies where.\n\n## Service Tier\n\nGold\n\n## Whom To Call\n\nLou.\n' >RUNBOOK.md
for i in $(seq 6); do printf 'BAY_%d = %d\n' "$i" "$i" >>bays.py && commit 'Lou Lane' "$((60 - i * 9))" "bay $i"; done

mkdir -p docs/adr
printf '# Use RabbitMQ for stock events\n\n## Status\n\nAccepted\n' >docs/adr/0001-rabbitmq.md
commit 'Lou Lane' 50 'why RabbitMQ'

repository order-hub
component order-hub platform 'orders of partners'
python_service 'orders of partners' httpx==0.27.0 confluent-kafka==2.4.0
sed 's/invoice/bill/g' "$shop/services/orders/contract/openapi.yaml" >openapi.yaml
prices >partner_prices.py
commit 'Pia Pole' 40 'orders of partners'
printf '* @shop/platform\n' >CODEOWNERS
commit 'Per Park' 30 'whose it is'
mkdir -p docs/adr
printf '# Use Kafka for order events\n\n## Status\n\nAccepted\n' >docs/adr/0001-kafka.md
printf '# Use gRPC for partners\n\n## Status\n\nProposed\n' >docs/adr/0002-grpc.md
commit 'Pia Pole' 28 'what was decided'

repository search
component search platform 'finds things'
python_service 'finds things' httpx==0.27.2 asyncpg==0.29.0
for who in 'Pia Pole' 'Per Park' 'Pia Pole' 'Per Park' 'Pia Pole' 'Per Park'; do printf '# %s\n' "$who" >>index.py && commit "$who" 12 'index'; done
mkdir -p docs/adr
printf '# Search in PostgreSQL\n\nStatus: Accepted\n' >docs/adr/0001-postgresql.md
commit 'Per Park' 10 'why PostgreSQL'

# Whenever order-hub is released, warehouse is, within the hour; search goes its own way.
for i in 1 2 3 4 5 6 7; do
	(cd "$folder/order-hub" && release $((150 - i * 19)) $((8 + i)) "v1.$i.0")
	(cd "$folder/warehouse" && release $((150 - i * 19)) $((8 + i)) "v3.$i")
	(cd "$folder/search" && release $((140 - i * 17)) 15 "search-v0.$i")
done
