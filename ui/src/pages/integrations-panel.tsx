// One pair: how it stands and why, in each environment, version by version with its results, and what the pact says.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Age, Chip, Failed, Owner, Service, Skeleton, Snippet } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Panel } from '../parts/panel';
import { plural } from '../format';
import { param, patch, withQuery } from '../router';
import { contactOf, fleet } from '../state';
import type { Integration, IntegrationDetail, PactResult, PactVersion } from '../types';
import { contractLink } from './contracts';
import { deployCommand, interactionsOf, NEWEST, pairsOf, type Pair } from './integrations-model';
import { FitChip } from './integrations-grid';

const VERSIONS = 8; // of a consumer, before somebody asks for more

function sentence(p: Pair, environment: string): string {
	const where = environment === NEWEST ? '' : ` in ${environment}`;
	const both = `${p.consumer} ${p.consumerVersion}${p.providerVersion ? ` and ${p.provider} ${p.providerVersion}` : ''}`;
	switch (p.fit) {
	case 'ok': return `${both} fit${where}.`;
	case 'failed': return `${both} do not fit${where}.`;
	case 'pending': return `The pact of ${p.consumer} ${p.consumerVersion} is not fulfilled yet. It is new to ${p.provider}, so it does not fail that build.`;
	case 'unverified': return `Nobody has verified ${p.providerVersion ? both : `the pact of ${p.consumer} ${p.consumerVersion} against ${p.provider}`}${where}.`;
	case 'bare': return `${p.consumer} calls ${p.provider}, and no pact says what it needs of it.`;
	case 'absent': return `Not both are${where || ' known'}.`;
	}
}

function Failures({ result }: { result: PactResult }): JSX.Element | null {
	if (!result.failures.length) return null;
	return (
		<ul class="mismatches">{result.failures.map((f, i) => (
			<li key={i}><b>{f.interaction}</b><ul>{f.mismatches.map((m, k) => <li key={k}><code>{m}</code></li>)}</ul></li>
		))}</ul>
	);
}

function Result({ r, provider }: { r: PactResult; provider: string }): JSX.Element {
	return (
		<li class="result">
			<span><FitChip fit={r.success ? 'ok' : 'failed'} /> <span class="dim">against {provider}</span> <code>{r.provider_version}</code>{r.branch ? <span class="dim"> {r.branch}</span> : null}</span>
			<Age ms={r.verified_ms} />
			<Failures result={r} />
		</li>
	);
}

function Version({ v, provider, same, open }: { v: PactVersion; provider: string; same: string; open: boolean }): JSX.Element {
	const bad = v.results.some((r) => !r.success);
	return (
		<details class="pact-version" open={open}>
			<summary>
				<code>{v.consumer_version}</code>
				{v.branch ? <span class="tag">{v.branch}</span> : null}{v.tags.filter((t) => t !== v.branch).map((t) => <span class="tag" key={t}>{t}</span>)}
				<span class="push" /><Age ms={v.published_ms} />
				<Icon name={!v.results.length ? 'open' : bad ? 'failure' : 'ok'} size={13} class={bad ? 'is-failure-text' : ''} label={!v.results.length ? 'not verified' : bad ? 'failed' : 'fits'} />
			</summary>
			{same ? <p class="dim small">The same contract as {same}.</p> : null}
			{v.results.length ? <ul>{v.results.map((r, i) => <Result key={i} r={r} provider={provider} />)}</ul> : <p class="dim small">No result yet.</p>}
		</details>
	);
}

function Said({ pact }: { pact: unknown }): JSX.Element | null {
	const { rows, more, specification } = interactionsOf(pact);
	if (!rows.length) return null;
	return (
		<section><h3>What the pact says {specification ? <span class="dim">version {specification}</span> : null}</h3>
			<ul class="interactions">{rows.map((r, i) => (
				<li key={i}>
					<span>{r.description}</span>
					<span class="dim">{r.asks ? <code>{r.asks}</code> : r.kind}{r.answers ? <> → <code>{r.answers}</code></> : null}</span>
					{r.states.map((s) => <span class="dim small" key={s}>given {s}</span>)}
				</li>
			))}</ul>
			{more > 0 ? <p class="dim small">and {more} more</p> : null}
		</section>
	);
}

function Environments({ of, names }: { of: Integration; names: string[] }): JSX.Element | null {
	const rows = names.map((n) => ({ name: n, at: of.environments.find((e) => e.environment === n) }));
	if (!rows.length) return null;
	return (
		<section><h3>Environments</h3>
			<ul class="where">{rows.map(({ name, at }) => {
				const there = pairsOf({ environments: [], integrations: [of] }, name)[0]!;
				return <li key={name}><a class="link" href={withQuery({ env: name })}>{name}</a><FitChip fit={there.fit} />{at ? <span class="versions"><code>{at.consumer_version}</code> <span class="dim">with</span> <code>{at.provider_version || '–'}</code></span> : null}</li>;
			})}</ul>
		</section>
	);
}

export function PairPanel({ p, of, environment, environments }: { p: Pair; of: Integration; environment: string; environments: string[] }): JSX.Element {
	const found = useApi<IntegrationDetail>(api(`integrations/${encodeURIComponent(p.consumer)}/${encodeURIComponent(p.provider)}`), { keep: false });
	const d = found.data, whole = param('versions') === 'all';
	const shown = d ? (whole ? d.versions : d.versions.slice(0, VERSIONS)) : [];
	const here = d?.versions.find((v) => v.consumer_version === p.consumerVersion);
	const cause = here?.results.find((r) => !r.success && r.failures.length && (!p.providerVersion || r.provider_version === p.providerVersion));
	const target = environment === NEWEST ? environments[0] ?? NEWEST : environment;
	return (
		<Panel label={`${p.consumer} with ${p.provider}`} title={<><Service name={p.consumer} /><Icon name="right" size={14} label="with" /><Service name={p.provider} /></>} onClose={() => patch({ consumer: null, provider: null, versions: null })}>
			<p class="verdict-line"><FitChip fit={p.fit} /> <span>{sentence(p, environment)}</span></p>
			<p class="facts"><span class="dim">consumer</span> <Owner {...contactOf(p.consumer)} /><span class="dim">provider</span> <Owner {...contactOf(p.provider)} /></p>
			{cause && p.fit !== 'ok' ? <section><h3>What does not fit</h3><Failures result={cause} /></section> : null}
			<Environments of={of} names={environments} />
			<section class="stack-8"><h3>May the newest go{target === NEWEST ? ' out' : ` to ${target}`}?</h3>
				<Snippet text={deployCommand(p.consumer, of.latest.consumer_version, target)} label={`Copy the command for ${p.consumer}`} />
				{of.latest.provider_version ? <Snippet text={deployCommand(p.provider, of.latest.provider_version, target)} label={`Copy the command for ${p.provider}`} /> : null}
			</section>
			{found.error ? <Failed error={found.error} what="Its versions could not be loaded" retry={found.reload} /> : null}
			{!d && !found.error ? <Skeleton rows={5} shown={found.slow} /> : null}
			{d ? (
				<section><h3>{plural(d.versions.length, 'version')} of {p.consumer}</h3>
					{shown.map((v, i) => <Version key={v.consumer_version} v={v} provider={p.provider} same={d.versions[i + 1]?.pact_id === v.pact_id ? d.versions[i + 1]!.consumer_version : ''} open={v === here && !cause} />)}
					{d.versions.length > shown.length ? <button type="button" class="link-button" onClick={() => patch({ versions: 'all' }, { replace: true })}>{d.versions.length - shown.length} older</button> : null}
				</section>
			) : null}
			{d ? <Said pact={d.pact} /> : null}
			<section class="actions">
				{of.latest.pact.startsWith('/') ? <a class="button" href={of.latest.pact} target="_blank" rel="noopener"><Icon name="contracts" size={14} />The pact itself</a> : null}
				<a class="button" href={`/map?sel=${encodeURIComponent(p.consumer)}>${encodeURIComponent(p.provider)}`}><Icon name="map" size={14} />Their calls</a>
			</section>
		</Panel>
	);
}

// Calls without a contract: nothing would fail before they do.
export function BarePanel({ p }: { p: Pair }): JSX.Element {
	const api = fleet.value?.services.find((s) => s.service === p.provider)?.serves[0]?.version;
	return (
		<Panel label={`${p.consumer} with ${p.provider}`} title={<><Service name={p.consumer} /><Icon name="right" size={14} label="with" /><Service name={p.provider} /></>} onClose={() => patch({ consumer: null, provider: null })}>
			<p class="verdict-line"><FitChip fit="bare" /> <span>{sentence(p, NEWEST)}</span></p>
			<p class="facts"><span class="dim">consumer</span> <Owner {...contactOf(p.consumer)} /><span class="dim">provider</span> <Owner {...contactOf(p.provider)} /></p>
			<section><p>{plural(p.calls, 'call')} in the last day. A change of {p.provider} that breaks {p.consumer} is noticed when it is live. A pact, written by a test of {p.consumer}, would fail the build of {p.provider} before.</p></section>
			<section class="actions">
				<a class="button" href={`/map?sel=${encodeURIComponent(p.consumer)}>${encodeURIComponent(p.provider)}`}><Icon name="map" size={14} />Their calls</a>
				{api ? <a class="button" href={contractLink(p.provider, api, { view: 'consumers', q: p.consumer })}><Icon name="consumers" size={14} />What it uses</a> : null}
			</section>
		</Panel>
	);
}

export function PairGone(): JSX.Element {
	return <Panel label="A pair that is not known" title="Not known" onClose={() => patch({ consumer: null, provider: null })}><p>No pact between <b>{param('consumer')}</b> and <b>{param('provider')}</b> is known. <Chip state="info">removed, or renamed</Chip></p></Panel>;
}
