// Findings, grouped by what to do next, failures first; each with its evidence, owner, age and the lines that settle it. sel names one in the address.
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, Owner, PageHead, Prose, Service, Skeleton, Snippet } from '../parts/bits';
import { Icon } from '../parts/icons';
import { plural } from '../format';
import { useRowKeys } from '../keys';
import { param, patch } from '../router';
import { contactOf, pageLink, ticks, useTitle } from '../state';
import type { Finding, Findings } from '../types';
import { migrationPath } from './migration-text';
import { NEXT_STEP, yamlFor } from '../words';

const RANK = { failure: 0, warning: 1, info: 2 } as const;

const ON_VERSIONS = ['sunset-near', 'sunset-passed', 'version-unused']; // their ids begin with kind, service and version

function migrationOf(f: Finding): string {
	const [, service, version] = f.id.split(':');
	return ON_VERSIONS.includes(f.kind) && service && version ? migrationPath({ service, version }) : '';
}

function One({ f, selected, common }: { f: Finding; selected: boolean; common: string }): JSX.Element {
	const yaml = yamlFor(f.kind, f.service, f.dependency);
	const contact = contactOf(f.service).contact;
	const migration = migrationOf(f);
	const file = f.file ? `${f.file}${f.line ? `:${f.line}` : ''}` : '';
	return (
		<article class={selected ? 'is-on' : ''} id={`f-${f.id}`} aria-label={f.sentence || f.title}>
			<Icon name={f.severity === 'failure' ? 'failure' : f.severity === 'warning' ? 'warning' : 'info'} class={`is-${f.severity}-text`} label={f.severity} />
			<div class="what">
				<p><a data-row class="finding-link" href={pageLink('/findings', { sel: selected ? undefined : f.id } as Record<string, string>)}><Prose text={f.sentence || f.title} /></a></p>
				<div class="facts">
					<Service name={f.service} />{f.dependency ? <span class="dim to">to <Service name={f.dependency} /></span> : null}
					<Owner owner={f.owner} contact={contact} page />
					{file ? <code>{file}</code> : null}
					<span>since <Age ms={Date.parse(f.since)} /></span>
					<span class="dim">{f.pain}</span>
				</div>
				{f.remedy && f.remedy !== common ? <p class="small"><Prose text={f.remedy} /></p> : null}
				{yaml ? <Snippet text={yaml} label={`Copy the lines for ${f.service}`} /> : null}
			</div>
			<div class="side">
				{migration ? <a class="button" href={migration}><Icon name="migrations" size={14} />Migration</a> : null}
				{f.trace ? <a class="button" href={pageLink(`/trace/${f.trace}`)}><Icon name="trace" size={14} />Trace</a> : null}
				{f.query ? <a class="button" href={pageLink('/logs', { q: f.query })}><Icon name="logs" size={14} />Logs</a> : null}
			</div>
		</article>
	);
}

export function FindingsPage(): JSX.Element {
	useTitle('Findings');
	useRowKeys();
	const found = useApi<Findings>('/api/findings', { tick: ticks.findings.value, every: 30000 });
	const sel = param('sel'), service = param('service');
	const list = (found.data?.findings ?? []).filter((f) => !service || f.service === service);
	const groups = new Map<string, Finding[]>();
	for (const f of [...list].sort((a, b) => RANK[a.severity] - RANK[b.severity] || (a.since < b.since ? -1 : 1))) groups.set(f.kind, [...(groups.get(f.kind) ?? []), f]);
	useEffect(() => { if (sel && found.data) document.getElementById(`f-${sel}`)?.scrollIntoView({ block: 'center' }); }, [sel, found.data !== null]);
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title="Findings" note={found.data ? <span>{plural(list.length, 'finding')}, grouped by what to do next</span> : null}>
				{service ? <button type="button" class="button" onClick={() => patch({ service: null })}>{service}<Icon name="close" size={13} label="Remove the filter" /></button> : null}
				<CopyButton text="pleach findings" label="Copy as command" what="Command copied" small />
			</PageHead>
			{found.error ? <Failed error={found.error} what="The findings could not be loaded" retry={found.reload} /> : null}
			{found.data && !found.data.complete ? <p class="section is-warning-text"><Icon name="warning" size={13} /> Not all could be judged: {found.data.missing.join(', ')}.</p> : null}
			{!found.data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{found.data && !list.length ? <Empty title="Nothing to do" command="pleach check">Where what is declared and what is observed disagree, a finding stands here. There is none.</Empty> : null}
			{[...groups].map(([kind, all]) => {
				const common = all.every((f) => f.remedy === all[0]!.remedy) ? all[0]!.remedy : '';
				return (
					<section class="todo" key={kind} aria-label={NEXT_STEP[kind] ?? all[0]!.title}>
						<header><Chip state={all[0]!.severity}>{all[0]!.severity}</Chip><h2>{NEXT_STEP[kind] ?? all[0]!.title}</h2><p><Prose text={common} /></p><span class="num">{all.length}</span></header>
						{all.map((f) => <One key={f.id} f={f} selected={sel === f.id} common={common} />)}
					</section>
				);
			})}
		</main>
	);
}
