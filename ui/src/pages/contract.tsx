// One contract in four views: as documentation, what changed between two of its kept states, who uses it, and its files. view, sel, q, level, old (a digest) are in the address.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { api, useApi } from '../api';
import { Age, CopyButton, Empty, Failed, Owner, PageHead, Prose, Service, Skeleton } from '../parts/bits';
import { Icon, type IconName } from '../parts/icons';
import { param, patch } from '../router';
import { contactOf, pageLink, ticks, useTitle } from '../state';
import type { Consumers, Contract, Contracts } from '../types';
import { shellQuote } from './logs-text';
import { ConsumersView, usedBy } from './consumers';
import { UsePanel } from './consumers-panel';
import { Changes } from './contract-changes';
import { DocPanel, Documentation } from './contract-doc';
import { formatNames } from './contracts';

const VIEWS: [string, string, IconName][] = [['', 'Documentation', 'book'], ['changes', 'Changes', 'changes'], ['consumers', 'Consumers', 'consumers'], ['files', 'Files', 'logs']];

function Views({ view }: { view: string }): JSX.Element {
	return <div class="switch" role="group" aria-label="View">{VIEWS.map(([v, name, icon]) => <button type="button" key={v} aria-pressed={view === v} onClick={() => patch({ view: v, sel: null, op: null, consumer: null, q: null })}><Icon name={icon} size={14} />{name}</button>)}</div>;
}

// Lines with numbers; sel=FILE:LINE marks one.
function Files({ contract, sel }: { contract: Contract; sel: string }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => { box.current?.querySelector('li.is-on')?.scrollIntoView({ block: 'center' }); }, [sel]);
	return (
		<div class="section stack" ref={box}>{contract.files.map((f) => (
			<section key={f.path} class="source" aria-label={f.path}>
				<h2 class="mono">{f.path}{f.text === undefined ? null : <CopyButton text={f.text} label={`Copy ${f.path}`} small />}</h2>
				{f.text === undefined ? <p class="dim">Not a text.</p> : <ol tabIndex={0} aria-label={`Lines of ${f.path}`}>{f.text.replace(/\n$/, '').split('\n').map((l, i) => <li key={i} class={sel === `${f.path}:${i + 1}` ? 'is-on' : ''}><code>{l || ' '}</code></li>)}</ol>}
			</section>
		))}</div>
	);
}

export function ContractPage({ service, version }: { service: string; version: string }): JSX.Element {
	useTitle(`${service} ${version}`);
	const found = useApi<Contract>(api(`contracts/${encodeURIComponent(service)}/${encodeURIComponent(version)}`), { tick: ticks.snapshot.value });
	const all = useApi<Contracts>(api('contracts'), { tick: ticks.snapshot.value });
	const c = found.data, view = param('view'), sel = param('sel');
	const used = useApi<Consumers>(view === 'consumers' ? api('consumers', { service, version }) : null, { every: 30000, tick: ticks.snapshot.value });
	const opened = view === 'consumers' ? usedBy(used.data, param('op'), param('consumer')) : undefined;
	const row = all.data?.contracts.find((x) => x.service === service && x.version === version);
	// Who calls is known without a contract, too: then all calls fit no operation.
	if (found.error?.status === 404 && !c && view !== 'consumers') {
		return <main id="page" tabIndex={-1}><Empty page title={`No contract of ${service} ${version} is known`}>{row?.problem ? <Prose text={row.problem} /> : <><a class="link" href={pageLink('/contracts')}>All contracts</a>, or name its file under <code>serves</code> in the service’s service.yaml.</>}</Empty></main>;
	}
	const deployed = `deployed:${service}@${version}`;
	return (
		<>
			<main id="page" tabIndex={-1} class="contract">
				<PageHead title={<span class="contract-title"><Service name={service} /> <span class="mono">{version}</span></span>} note={c ? <span>{formatNames(c.documents.map((d) => d.format))}, as it is since <Age ms={Date.parse(c.since)} /></span> : null}>
					<Views view={view} />
					<CopyButton text={view === 'changes' ? `pleach contract diff ${shellQuote(deployed)} .` : `pleach contract show ${shellQuote(deployed)}`} label="Copy as command" what="Command copied" small />
				</PageHead>
				{c ? <div class="service-head"><Owner {...contactOf(service)} />{c.files.map((f) => <code class="dim" key={f.path}>{f.path}</code>)}</div> : null}
				{row?.problem && c ? <p class="bar is-warning"><Icon name="warning" size={14} /><span>The newest files cannot be read, so this is the state before: <Prose text={row.problem} /></span></p> : null}
				{found.error && found.error.status !== 404 && !c ? <Failed error={found.error} what="The contract could not be loaded" retry={found.reload} /> : null}
				{!c && !found.error ? <Skeleton shown={found.slow} /> : null}
				{c && view === '' ? <Documentation contract={c} /> : null}
				{c && view === 'changes' && all.data ? <Changes contract={c} kept={row?.kept ?? []} /> : null}
				{view === 'consumers' ? <ConsumersView service={service} version={version} found={used} /> : null}
				{c && view === 'files' ? <Files contract={c} sel={sel} /> : null}
			</main>
			{opened && used.data ? <UsePanel key={`${opened.operation} ${opened.c.consumer}`} u={opened} data={used.data} /> : null}
			{c && view === '' && sel ? <DocPanel contract={c} sel={sel} /> : null}
		</>
	);
}
