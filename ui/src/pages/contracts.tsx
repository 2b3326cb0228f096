// All contracts: what each service promises in each version, since when, and what the last change of it broke.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, Owner, PageHead, Prose, Service, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { plural } from '../format';
import { useRowKeys } from '../keys';
import { go } from '../router';
import { contactOf, offers, pageLink, ticks, useTitle } from '../state';
import type { ContractRow, Contracts } from '../types';

export const FORMAT_NAMES: Record<string, string> = {
	proto: 'Protocol Buffers', openapi: 'OpenAPI', asyncapi: 'AsyncAPI', avro: 'Avro', graphql: 'GraphQL', sql: 'SQL tables', json_schema: 'JSON Schema', 'json-schema': 'JSON Schema',
};

export function formatNames(formats: string[]): string {
	return formats.map((f) => FORMAT_NAMES[f] ?? f).join(', ');
}

export function contractLink(service: string, version: string, query: Record<string, string | undefined> = {}): string {
	return pageLink(`/contracts/${encodeURIComponent(service)}/${encodeURIComponent(version)}`, query);
}

function Row({ c }: { c: ContractRow }): JSX.Element {
	const url = contractLink(c.service, c.version), since = c.kept[0]?.since;
	return (
		<tr class="opens" onClick={() => go(url)}>
			<th scope="row"><a data-row class="service" href={url} onClick={(e) => e.stopPropagation()}><Service name={c.service} plain /></a></th>
			<td class="mono">{c.version}</td>
			<td><Owner {...contactOf(c.service)} /></td>
			<td>{formatNames(c.formats)}</td>
			<td class="mono dim">{c.schema}</td>
			<td class="num right">{c.operations || <span class="dim">–</span>}</td>
			<td class="num right">{c.types || <span class="dim">–</span>}</td>
			<td>{c.problem ? <span class="contract-error"><Chip state="failure">cannot be read</Chip> <Prose text={c.problem} /></span>
				: c.kept[1] && since ? <a class="link" href={contractLink(c.service, c.version, { view: 'changes' })} onClick={(e) => e.stopPropagation()}>changed <Age ms={Date.parse(since)} /></a>
				: since ? <span class="dim">unchanged since <Age ms={Date.parse(since)} /></span> : null}</td>
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
				{offers('integrations') ? <a class="button" href="/matrix"><Icon name="matrix" size={14} />Matrix</a> : null}
				{offers('migrations') ? <a class="button" href="/migrations"><Icon name="migrations" size={14} />Migrations</a> : null}
				<CopyButton text="pleach check" label="Copy as command" what="Command copied" small />
			</PageHead>
			{found.error && !found.data ? <Failed error={found.error} what="The contracts could not be loaded" retry={found.reload} /> : null}
			{!found.data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{found.data && !list.length ? <Empty title="No contract yet" command={YAML}>Name the description of a service’s API in its service.yaml: OpenAPI, protobuf, AsyncAPI, Avro, GraphQL, JSON Schema or the tables it publishes. It is then readable here, and every change of it is judged.</Empty> : null}
			{found.data && !found.data.complete ? <p class="section dim">Some contracts are still being read.</p> : null}
			{list.length ? (
				<div class="section table-wrap" tabIndex={0} role="region" aria-label="Contracts">
					<table class="table">
						<thead><tr><th scope="col">Service</th><th scope="col">Version</th><th scope="col">Owner</th><th scope="col">Format</th><th scope="col">File</th><th scope="col" class="right">Operations</th><th scope="col" class="right">Types</th><th scope="col">As it is</th></tr></thead>
						<tbody>{list.map((c) => <Row key={`${c.service} ${c.version}`} c={c} />)}</tbody>
					</table>
				</div>
			) : null}
		</main>
	);
}
