// One contract in three views: as documentation, what changed between two of its kept states, and its files. view, sel, q, old are in the address.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { api, useApi } from '../api';
import { Age, CopyButton, Empty, Failed, Owner, PageHead, Service, Skeleton } from '../parts/bits';
import { Icon, type IconName } from '../parts/icons';
import { param, patch } from '../router';
import { pageLink, ticks, useTitle } from '../state';
import type { Contract } from '../types';
import { shellQuote } from './logs-text';
import { Changes } from './contract-changes';
import { DocPanel, Documentation } from './contract-doc';
import { FORMAT_NAMES } from './contracts';

const VIEWS: [string, string, IconName][] = [['', 'Documentation', 'book'], ['changes', 'Changes', 'changes'], ['files', 'Files', 'logs']];

function Views({ view }: { view: string }): JSX.Element {
	return <div class="switch" role="group" aria-label="View">{VIEWS.map(([v, name, icon]) => <button type="button" key={v} aria-pressed={view === v} onClick={() => patch({ view: v, sel: null })}><Icon name={icon} size={14} />{name}</button>)}</div>;
}

// Lines with numbers; sel=FILE:LINE marks one.
function Files({ contract, sel }: { contract: Contract; sel: string }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	useEffect(() => { box.current?.querySelector('li.is-on')?.scrollIntoView({ block: 'center' }); }, [sel]);
	return (
		<div class="section stack" ref={box}>{contract.files.map((f) => (
			<section key={f.path} class="source" aria-label={f.path}>
				<h2 class="mono">{f.path}<CopyButton text={f.text} label={`Copy ${f.path}`} small /></h2>
				<ol tabIndex={0} aria-label={`Lines of ${f.path}`}>{f.text.replace(/\n$/, '').split('\n').map((l, i) => <li key={i} class={sel === `${f.path}:${i + 1}` ? 'is-on' : ''}><code>{l || ' '}</code></li>)}</ol>
			</section>
		))}</div>
	);
}

export function ContractPage({ service, version }: { service: string; version: string }): JSX.Element {
	useTitle(`${service} ${version}`);
	const found = useApi<Contract>(api(`contracts/${encodeURIComponent(service)}/${encodeURIComponent(version)}`), { tick: ticks.snapshot.value });
	const c = found.data, view = param('view'), sel = param('sel');
	if (found.error?.status === 404 && !c) {
		return <main id="page" tabIndex={-1}><Empty page title={`No contract of ${service} ${version} is known`}><a class="link" href={pageLink('/contracts')}>All contracts</a>, or name its file under <code>serves</code> in the service’s service.yaml.</Empty></main>;
	}
	const target = `deployed:${service}@${version}`;
	return (
		<>
			<main id="page" tabIndex={-1} class="contract">
				<PageHead title={<span class="contract-title"><Service name={service} /> <span class="mono">{version}</span></span>} note={c ? <span>{FORMAT_NAMES[c.format] ?? c.format}{c.since ? <>, as it is since <Age ms={Date.parse(c.since)} /></> : null}</span> : null}>
					<Views view={view} />
					<CopyButton text={view === 'changes' ? `pleach contract diff ${shellQuote(target)} .` : `pleach contract show ${shellQuote(target)}`} label="Copy as command" what="Command copied" small />
				</PageHead>
				{c ? <div class="service-head"><Owner owner={c.owner} contact={c.contact} />{c.sunset ? <span class="is-warning-text">ends {c.sunset}</span> : null}{c.files.map((f) => <code class="dim" key={f.path}>{f.path}</code>)}</div> : null}
				{found.error && !c ? <Failed error={found.error} what="The contract could not be loaded" retry={found.reload} /> : null}
				{!c && !found.error ? <Skeleton shown={found.slow} /> : null}
				{c && view === '' ? <Documentation contract={c} /> : null}
				{c && view === 'changes' ? <Changes contract={c} /> : null}
				{c && view === 'files' ? <Files contract={c} sel={sel} /> : null}
			</main>
			{c && view === '' && sel ? <DocPanel contract={c} sel={sel} /> : null}
		</>
	);
}
