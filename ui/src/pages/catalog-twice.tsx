// What was built twice: pairs of services with the same interface, why, and whom to talk to; the same capability by different libraries; the same decided differently. A view of the catalogue; `what` is in the address.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, CopyButton, Empty, Failed, Owner, Service, Skeleton } from '../parts/bits';
import { plural } from '../format';
import { param, patch } from '../router';
import { ticks } from '../state';
import type { Duplicates, DuplicateSide } from '../types';
import { Sure } from './catalog';
import { DecisionsView } from './catalog-decisions';
import { LibrariesView } from './catalog-libraries';
import { RadarView } from './catalog-radar';

const WHATS: [string, string][] = [['', 'Interfaces'], ['libraries', 'Libraries'], ['radar', 'Radar'], ['decisions', 'Decisions']];

function Side({ s }: { s: DuplicateSide }): JSX.Element {
	return <tr><th scope="row"><Service name={s.service} /></th><td><Owner owner={s.owner} contact={s.contact} /></td><td><code class="dim">{s.file}</code></td><td>{s.last_commit_ms ? <Age ms={s.last_commit_ms} /> : <span class="dim">–</span>}</td></tr>;
}

function talk(p: Duplicates['pairs'][number]): string {
	return `${p.a.owner || 'owner of ' + p.a.service} and ${p.b.owner || 'owner of ' + p.b.service}: ${p.a.service} and ${p.b.service} have the same interface. ${p.reasons[0] ?? ''}\n${location.origin}/catalog?view=twice`;
}

export function Twice(): JSX.Element {
	const what = param('what');
	return (
		<>
			<div class="section"><div class="switch" role="group" aria-label="What was built twice">{WHATS.map(([w, label]) => <button type="button" key={w} aria-pressed={what === w} onClick={() => patch({ what: w || null })}>{label}</button>)}</div></div>
			{what === 'libraries' ? <LibrariesView /> : what === 'radar' ? <RadarView /> : what === 'decisions' ? <DecisionsView /> : <Interfaces />}
		</>
	);
}

function Interfaces(): JSX.Element {
	const found = useApi<Duplicates>(api('duplicates'), { every: 30000, tick: ticks.snapshot.value });
	const data = found.data;
	if (found.error && !data) return <Failed error={found.error} what="What is alike could not be loaded" retry={found.reload} />;
	if (!data) return <Skeleton shown={found.slow} />;
	if (!data.pairs.length) return <Empty title="Nothing was built twice" command={'serves:\n  - { version: v1, path: /v1, schema: openapi.yaml }'}>{plural(data.interfaces, 'interface')} of services were compared, by their operations, types and fields. A contract that a service names, or that lies beside its code, takes part.</Empty>;
	return (
		<div class="section pain-grid wide" role="region" aria-label="Built twice">
			{data.pairs.map((p) => (
				<article class="standing-note twice" key={`${p.a.service} ${p.a.file} ${p.b.service} ${p.b.file}`}>
					<Sure share={p.alike} />
					<div>
						<h2>{p.a.service} and {p.b.service} <CopyButton text={talk(p)} label={`Copy a message about ${p.a.service} and ${p.b.service}`} what="Copied for a message" small /></h2>
						<table class="table"><thead class="sr"><tr><th scope="col">Service</th><th scope="col">Owner</th><th scope="col">Contract</th><th scope="col">Last commit</th></tr></thead><tbody><Side s={p.a} /><Side s={p.b} /></tbody></table>
						<ul>{p.reasons.map((r) => <li key={r}>{r}</li>)}</ul>
					</div>
				</article>
			))}
		</div>
	);
}
