// All contracts: what each service promises in each version, since when, and what the last change of it broke.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, Owner, PageHead, Service, Skeleton } from '../parts/bits';
import { plural } from '../format';
import { useRowKeys } from '../keys';
import { go } from '../router';
import { pageLink, ticks, useTitle } from '../state';
import type { ContractCounts, ContractRow, Contracts } from '../types';

export const FORMAT_NAMES: Record<string, string> = {
	proto: 'Protocol Buffers', openapi: 'OpenAPI', asyncapi: 'AsyncAPI', avro: 'Avro', graphql: 'GraphQL', sql: 'SQL tables', json_schema: 'JSON Schema', 'json-schema': 'JSON Schema',
};

export function contractLink(service: string, version: string, query: Record<string, string | undefined> = {}): string {
	return pageLink(`/contracts/${encodeURIComponent(service)}/${encodeURIComponent(version)}`, query);
}

export function Verdict({ counts }: { counts: ContractCounts }): JSX.Element {
	if (counts.breaking) return <Chip state="failure">{plural(counts.breaking, 'break')}</Chip>;
	if (counts.warning) return <Chip state="warning">{plural(counts.warning, 'warning')}</Chip>;
	return <Chip state="ok">{counts.info ? 'compatible' : 'unchanged'}</Chip>;
}

function Row({ c }: { c: ContractRow }): JSX.Element {
	const url = contractLink(c.service, c.version);
	return (
		<tr class="opens" onClick={() => go(url)}>
			<th scope="row"><a data-row class="service" href={url} onClick={(e) => e.stopPropagation()}><Service name={c.service} plain /></a></th>
			<td class="mono">{c.version}</td>
			<td><Owner owner={c.owner} contact={c.contact} /></td>
			<td>{FORMAT_NAMES[c.format] ?? c.format}</td>
			<td class="mono dim">{c.schema}</td>
			<td class="num right">{c.error ? '' : c.operations || <span class="dim">–</span>}</td>
			<td class="num right">{c.error ? '' : c.types || <span class="dim">–</span>}</td>
			<td>{c.since ? <Age ms={Date.parse(c.since)} /> : null}</td>
			<td>{c.error ? <span class="contract-error"><Chip state="failure">cannot be read</Chip> <code>{c.error.file}{c.error.line ? `:${c.error.line}` : ''}</code> {c.error.message}</span> : c.changes ? <a href={contractLink(c.service, c.version, { view: 'changes' })} onClick={(e) => e.stopPropagation()}><Verdict counts={c.changes} /></a> : <span class="dim">no change yet</span>}</td>
			<td>{c.sunset ? <span class="is-warning-text">{c.sunset}</span> : null}</td>
		</tr>
	);
}

const YAML = 'serves:\n  - { version: v1, path: /v1, schema: openapi-v1.yaml }';

export function ContractsPage(): JSX.Element {
	useTitle('Contracts');
	useRowKeys();
	const found = useApi<Contracts>(api('contracts'), { tick: ticks.snapshot.value, every: 30000 });
	const list = [...(found.data?.contracts ?? [])].sort((a, b) => a.service < b.service ? -1 : a.service > b.service ? 1 : a.version < b.version ? -1 : 1);
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title="Contracts" note={found.data ? <span>{plural(list.length, 'contract')} of {plural(new Set(list.map((c) => c.service)).size, 'service')}</span> : null}>
				<CopyButton text="pleach check" label="Copy as command" what="Command copied" small />
			</PageHead>
			{found.error && !found.data ? <Failed error={found.error} what="The contracts could not be loaded" retry={found.reload} /> : null}
			{!found.data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{found.data && !list.length ? <Empty title="No contract yet" command={YAML}>Name the description of a service’s API in its service.yaml: OpenAPI, protobuf, AsyncAPI, Avro, GraphQL, JSON Schema or the tables it publishes. It is then readable here, and every change of it is judged.</Empty> : null}
			{list.length ? (
				<div class="section table-wrap" tabIndex={0} role="region" aria-label="Contracts">
					<table class="table">
						<thead><tr><th scope="col">Service</th><th scope="col">Version</th><th scope="col">Owner</th><th scope="col">Format</th><th scope="col">File</th><th scope="col" class="right">Operations</th><th scope="col" class="right">Types</th><th scope="col">As it is since</th><th scope="col">Last change</th><th scope="col">Ends</th></tr></thead>
						<tbody>{list.map((c) => <Row key={`${c.service} ${c.version}`} c={c} />)}</tbody>
					</table>
				</div>
			) : null}
		</main>
	);
}
