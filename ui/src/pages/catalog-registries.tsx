// What registries say is there: Consul, etcd, Kubernetes, DNS, and who has registered with Pleach itself; how each is followed, and its instances by service.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, Chip, Empty, Failed, Owner, Service, Skeleton, type State } from '../parts/bits';
import { plural } from '../format';
import { param, patch } from '../router';
import { pageLink } from '../state';
import type { Catalog, Discovery, RegistryInstance, Registry } from '../types';

const NAMES: Record<Registry['registry'], string> = { consul: 'Consul', etcd: 'etcd', kubernetes: 'Kubernetes', dns: 'DNS', pleach: 'Registered here' };
const TONE: Record<Registry['state'], State> = { following: 'ok', connecting: 'unknown', failing: 'failure' };
const HEALTH: Record<RegistryInstance['health'], State> = { passing: 'ok', warning: 'warning', critical: 'failure', unknown: 'unknown' };

function Group({ name, list, known }: { name: string; list: RegistryInstance[]; known: boolean }): JSX.Element {
	return (
		<>
			{list.map((i, n) => (
				<tr key={`${i.id} ${i.address}`}>
					{n === 0 ? <th scope="rowgroup" rowSpan={list.length}><a data-row class="service" href={pageLink(`/services/${encodeURIComponent(name)}`)}><Service name={name} plain /></a>{known ? null : <span class="small is-warning-text"> in no repository</span>}</th> : null}
					<td class="mono">{i.address || <span class="dim">no address</span>}</td>
					<td><Chip state={HEALTH[i.health]}>{i.health}</Chip></td>
					<td>{i.owner ? <Owner owner={i.owner} /> : <span class="dim">–</span>}</td>
					<td class="dim cut" title={i.id}>{i.id}</td>
				</tr>
			))}
		</>
	);
}

function One({ r, catalog, word }: { r: Registry; catalog: Catalog; word: string }): JSX.Element {
	const groups = new Map<string, RegistryInstance[]>();
	for (const i of r.instances) if (!word || `${i.service} ${i.address} ${i.id} ${i.owner}`.toLowerCase().includes(word)) groups.set(i.service, [...(groups.get(i.service) ?? []), i]);
	const ill = r.instances.filter((i) => i.health === 'critical').length;
	const declared = new Set(catalog.services.filter((s) => s.repository || s.in_fleet).map((s) => s.service));
	return (
		<section class="section registry" aria-label={NAMES[r.registry]}>
			<h2>{NAMES[r.registry]} <code class="dim">{r.secure ? 'https://' : ''}{r.url}</code></h2>
			<p class="facts"><Chip state={TONE[r.state]}>{r.state}</Chip><span>{plural(r.instances.length, 'instance')} of {plural(new Set(r.instances.map((i) => i.service)).size, 'service')}{r.cut ? ', and more that are not kept' : ''}</span>{ill ? <span class="is-failure-text">{ill} critical</span> : null}{r.heard_ms ? <span class="dim">heard <Age ms={r.heard_ms} /></span> : null}{r.changes ? <span class="dim">{plural(r.changes, 'change')} since control started</span> : null}</p>
			{r.problem ? <p class="is-failure-text">{r.problem}{r.heard_ms ? '. What it said last stays.' : ''}</p> : null}
			{groups.size ? <div class="table-wrap" tabIndex={0} role="region" aria-label={`Instances of ${NAMES[r.registry]}`}><table class="table"><thead><tr><th scope="col">Service</th><th scope="col">Address</th><th scope="col">Health</th><th scope="col">Owner by it</th><th scope="col">Id</th></tr></thead><tbody>{[...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, list]) => <Group key={name} name={name} list={list} known={declared.has(name)} />)}</tbody></table></div> : <p class="dim">{word && r.instances.length ? 'Nothing there has this word.' : 'It names no instance.'}</p>}
		</section>
	);
}

export function RegistriesView({ data }: { data: Catalog }): JSX.Element {
	const found = useApi<Discovery>(api('discovery'), { every: 5000 });
	const list = found.data?.registries ?? [], word = param('q').trim().toLowerCase();
	if (found.error && !found.data) return <Failed error={found.error} what="Registries could not be loaded" retry={found.reload} />;
	if (!found.data) return <Skeleton shown={found.slow} />;
	if (!list.some((r) => r.registry !== 'pleach' || r.instances.length)) return <Empty title="No registry is followed" command={'discovery:\n  consul: http://127.0.0.1:8500\n  etcd: http://127.0.0.1:2379'}>Consul, etcd, Kubernetes and DNS that pleach.yaml names stand here with what they say is running. Services that register themselves with Consul may register with control itself: it answers /v1/agent/service/register.</Empty>;
	return (
		<>
			{list.reduce((n, r) => n + r.instances.length, 0) > 12 ? <div class="section"><label class="narrow"><span class="sr">Only with this word</span><input class="field" data-search="page" type="search" placeholder="A service, an address" value={param('q')} onInput={(e) => patch({ q: e.currentTarget.value }, { replace: true })} spellcheck={false} autocomplete="off" /></label></div> : null}
			{list.filter((r) => r.registry !== 'pleach' || r.instances.length).map((r) => <One key={`${r.registry} ${r.url}`} r={r} catalog={data} word={word} />)}
		</>
	);
}
