// The panel beside the map: a dependency (who calls whom, how it goes, what was declared, where to look) or a service.
import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { api, useApi } from '../api';
import { Chart, type Series } from '../parts/chart';
import { Chip, Figure, Owner, Prose, Service } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Panel } from '../parts/panel';
import { count, duration, nsToMs, percent, plural, rate } from '../format';
import { link } from '../router';
import { contactOf, fleet, pageLink, ticks } from '../state';
import type { Edge, Edges, Finding, Findings, MapNode, Point } from '../types';
import { reasonWords } from '../words';
import type { Link } from './map-model';
import { term } from './logs-text';

// Adds up the series of several edges (versions of one dependency, or all calls to a service); p95 is the worst of them.
// Steps in which nothing was called are not in the answer; here they are, as zeros, so that an axis is the time that was asked for.
export function addSeries(all: Edges | null, which: (e: Edge) => boolean, stepMs: number): Point[] {
	const edges = all?.edges.filter(which) ?? [];
	const by = new Map<string, Point>();
	for (const e of edges) for (const p of e.series ?? []) {
		const old = by.get(p.time_ns);
		by.set(p.time_ns, old ? { ...old, calls: old.calls + p.calls, errors: old.errors + p.errors, p95_ns: Math.max(old.p95_ns, p.p95_ns) } : { ...p });
	}
	if (!all || !by.size) return [];
	const step = BigInt(stepMs) * 1_000_000n;
	const points: Point[] = [];
	for (let t = BigInt(all.from_ns) / step * step; t < BigInt(all.to_ns); t += step) points.push(by.get(String(t)) ?? { time_ns: String(t), calls: 0, errors: 0, p95_ns: 0 });
	const known = new Set(points.map((p) => p.time_ns));
	// A server may begin its steps elsewhere than at multiples of them: then its own points are taken as they are.
	return [...by.keys()].every((k) => known.has(k)) ? points : [...by.values()].sort((a, b) => Number(BigInt(a.time_ns) - BigInt(b.time_ns)));
}

export function FlowCharts({ points, timeout }: { points: Point[]; timeout?: number }): JSX.Element {
	const { times, flow, slow } = useMemo(() => {
		const at = points.map((p) => nsToMs(p.time_ns));
		const step = at.length > 1 ? (at[1]! - at[0]!) / 1000 : 60;
		const flow: Series[] = [
			{ label: 'Calls', values: points.map((p) => p.calls / step), colour: 'var(--ink-3)', fill: true, show: rate },
			{ label: 'Errors', values: points.map((p) => p.errors / step), colour: 'var(--failure-line)', fill: true, show: rate },
		];
		const slow: Series[] = [{ label: 'p95', values: points.map((p) => p.calls ? p.p95_ns : null), colour: 'var(--accent)', fill: true, show: duration }];
		if (timeout) slow.push({ label: 'Time-out', values: points.map(() => timeout), colour: 'var(--warning-line)', show: duration });
		return { times: at, flow, slow };
	}, [points, timeout]);
	return <div class="stack"><Chart title="Calls and errors" times={times} series={flow} height={96} /><Chart title="Duration, p95" times={times} series={slow} height={96} /></div>;
}

function Counts({ title, rows }: { title: string; rows: { key: string; label: ComponentChildren; n: number; bad?: boolean }[] }): JSX.Element | null {
	if (!rows.length) return null;
	const total = rows.reduce((n, r) => n + r.n, 0);
	return (
		<section><h3>{title}</h3>
			<table class="table plain"><tbody>{rows.map((r) => <tr key={r.key}><th scope="row" class={r.bad ? 'is-failure-text' : ''}>{r.label}</th><td class="num right">{count(r.n)}</td><td class="num right dim">{percent(r.n / total)}</td></tr>)}</tbody></table>
		</section>
	);
}

export function FindingLines({ findings }: { findings: Finding[] }): JSX.Element | null {
	if (!findings.length) return null;
	return <section><h3>{plural(findings.length, 'finding')}</h3><ul class="lines">{findings.map((f) => <li key={f.id}><Icon name={f.severity === 'failure' ? 'failure' : f.severity === 'warning' ? 'warning' : 'info'} size={14} class={`is-${f.severity}-text`} /><a href={link('/findings', { sel: f.id })}><Prose text={f.sentence || f.title} /></a></li>)}</ul></section>;
}

export function DependencyPanel({ dep, from, to, onClose }: { dep: Link; from: string; to: string; onClose: () => void }): JSX.Element {
	const series = useApi<Edges>(api('edges', { from: to ? from : '30m', to, step: '30s' }), { every: to ? 0 : 15000 });
	const findings = useApi<Findings>('/api/findings', { tick: ticks.findings.value });
	const points = useMemo(() => addSeries(series.data, (e) => e.caller === dep.caller && e.callee === dep.callee, 30_000), [series.data, dep.key]);
	const { owner, contact } = contactOf(dep.callee);
	const caller = dep.caller === 'edge' ? 'outside' : dep.caller;
	const statuses = new Map<string, number>(), reasons = new Map<string, number>();
	for (const v of dep.versions) {
		for (const [k, n] of Object.entries(v.statuses ?? {})) statuses.set(k, (statuses.get(k) ?? 0) + n);
		for (const [k, n] of Object.entries(v.reasons ?? {})) reasons.set(k, (reasons.get(k) ?? 0) + n);
	}
	const one = dep.versions.length === 1 ? dep.versions[0] : null;
	const worst = (f: (e: Edge) => number): number => Math.max(...dep.versions.map((v) => f(v) || 0));
	const mine = findings.data?.findings.filter((f) => (f.service === dep.caller && f.dependency === dep.callee) || f.service === dep.callee) ?? [];
	const declared = fleet.value?.services.find((s) => s.service === dep.caller)?.calls.find((c) => c.service === dep.callee);
	const file = fleet.value?.services.find((s) => s.service === dep.caller)?.file;
	return (
		<Panel label={`${caller} calls ${dep.callee}`} title={<><Service name={dep.caller} /><Icon name="right" size={14} class="dim" /><Service name={dep.callee} /></>} onClose={onClose}>
			<div class="panel-lead">
				<Chip state={dep.tone === 'idle' ? 'unknown' : dep.tone}>{dep.tone === 'idle' ? 'no calls in this time' : dep.errors ? `${count(dep.errors)} of ${count(dep.calls)} calls failed` : `${count(dep.calls)} calls, none failed`}</Chip>
				<Owner owner={owner} contact={contact} />
			</div>
			<div class="actions">
				{dep.failed_trace ? <a class="button danger" data-go="failed" href={pageLink(`/trace/${dep.failed_trace}`)}><Icon name="failure" size={14} />Why: a failed call</a> : null}
				{dep.slow_trace ? <a class="button" href={pageLink(`/trace/${dep.slow_trace}`)}><Icon name="clock" size={14} />The slowest</a> : null}
				<a class="button" href={pageLink('/traces', { service: dep.callee, ...(dep.errors ? { error: 'true' } : {}) })}><Icon name="traces" size={14} />Traces</a>
				<a class="button" href={pageLink('/logs', { q: term('service', dep.callee) })}><Icon name="logs" size={14} />Logs</a>
			</div>
			{dep.calls ? <section><dl class="figures">
				<Figure label="Rate" value={rate(dep.rate)} />
				<Figure label="Errors" value={percent(dep.error_rate)} tone={dep.tone === 'failure' ? 'failure' : dep.tone === 'warning' ? 'warning' : undefined} />
				<Figure label="p50" value={duration(worst((v) => v.p50_ns))} />
				<Figure label="p90" value={duration(worst((v) => v.p90_ns))} />
				<Figure label="p95" value={duration(dep.p95_ns)} tone={dep.timeout_ns && dep.p95_ns > dep.timeout_ns * 0.8 ? 'warning' : undefined} />
				<Figure label="p99" value={duration(dep.p99_ns)} />
				<Figure label="Longest" value={duration(worst((v) => v.max_ns))} />
				<Figure label="Began here" title="Calls that came without a trace id" value={count(dep.versions.reduce((n, v) => n + (v.started || 0), 0))} />
			</dl></section> : null}
			<section><FlowCharts points={points} timeout={dep.timeout_ns} /></section>
			<Counts title="Why calls failed" rows={[...reasons].sort((a, b) => b[1] - a[1]).map(([k, n]) => ({ key: k, label: <>{reasonWords(k, dep.callee)} <code class="dim">{k}</code></>, n, bad: true }))} />
			<Counts title="Answers" rows={[...statuses].sort((a, b) => b[1] - a[1]).map(([k, n]) => ({ key: k, label: <span class="num">{k === '0' ? 'none' : k}</span>, n, bad: k >= '500' || k === '0' }))} />
			<FindingLines findings={mine} />
			{dep.caller !== 'edge' ? <section><h3>Declared{file ? <> in <code class="dim">{file}{declared?.line ? `:${declared.line}` : ''}</code></> : null}</h3>
				{dep.declared ? <dl class="pairs">
					<dt>Time-out</dt><dd class={dep.timeout_ns ? 'num' : 'is-warning-text'}>{dep.timeout_ns ? duration(dep.timeout_ns) : 'none'}</dd>
					<dt>On failure</dt><dd class={dep.on_failure ? '' : 'is-warning-text'}>{dep.on_failure || 'nobody has said'}</dd>
				</dl> : <p class="is-warning-text">Not declared: {dep.caller} calls it, but its service.yaml does not say so.</p>}
			</section> : null}
			<section><h3>Operations</h3>
				<table class="table plain"><thead><tr><th scope="col">Operation</th><th scope="col" class="right">Calls</th><th scope="col" class="right">Errors</th><th scope="col" class="right">p95</th></tr></thead>
					<tbody>{dep.versions.flatMap((v) => v.operations.map((o) => <tr key={v.api + o.name}><td class="mono">{o.name}{one ? null : <span class="dim"> {v.api}</span>}</td><td class="num right">{count(o.calls)}</td><td class={`num right ${o.errors ? 'is-failure-text' : 'dim'}`}>{percent(o.calls ? o.errors / o.calls : 0)}</td><td class="num right">{duration(o.p95_ns)}</td></tr>))}</tbody></table>
			</section>
		</Panel>
	);
}

export function NodePanel({ node, links, onClose, onLink }: { node: MapNode; links: Link[]; onClose: () => void; onLink: (key: string) => void }): JSX.Element {
	const findings = useApi<Findings>('/api/findings', { tick: ticks.findings.value });
	const { contact } = contactOf(node.service);
	const mine = findings.data?.findings.filter((f) => f.service === node.service) ?? [];
	const list = (title: string, rows: Link[], other: (l: Link) => string): JSX.Element | null => rows.length ? (
		<section><h3>{title}</h3><table class="table plain"><tbody>{rows.map((l) => <tr key={l.key} class="opens" onClick={() => onLink(l.key)}><th scope="row"><button type="button" class="row-button" onClick={(e) => { e.stopPropagation(); onLink(l.key); }}><Service name={other(l)} plain /></button></th><td class="num right">{rate(l.rate)}</td><td class={`num right ${l.tone === 'failure' ? 'is-failure-text' : l.tone === 'warning' ? 'is-warning-text' : 'dim'}`}>{percent(l.error_rate)}</td><td class="num right">{duration(l.p95_ns)}</td></tr>)}</tbody></table></section>
	) : null;
	const edge = node.kind === 'edge';
	return (
		<Panel label={edge ? 'outside' : node.service} title={<Service name={node.service} />} onClose={onClose}>
			{edge ? <p class="dim">Calls from outside the fleet, as they come to the gateway at <code>{fleet.value?.gateway}</code>.</p> : (
				<>
					<div class="panel-lead">
						<Chip state={node.state ?? 'unknown'}>{node.kind === 'unknown' ? 'seen, not in the catalogue' : `${node.healthy ?? 0} of ${node.wanted ?? 0} healthy`}</Chip>
						<Owner {...(node.owner ? { owner: node.owner } : {})} contact={contact} />
					</div>
					<div class="actions">
						<a class="button" href={pageLink(`/services/${encodeURIComponent(node.service)}`)}><Icon name="services" size={14} />Service</a>
						<a class="button" href={pageLink('/traces', { service: node.service })}><Icon name="traces" size={14} />Traces</a>
						<a class="button" href={pageLink('/logs', { q: term('service', node.service) })}><Icon name="logs" size={14} />Logs</a>
					</div>
					<section><dl class="figures">
						<Figure label="Rate" value={rate(node.rate)} /><Figure label="Errors" value={percent(node.error_rate)} tone={(node.error_rate ?? 0) >= 0.05 ? 'failure' : (node.error_rate ?? 0) >= 0.01 ? 'warning' : undefined} />
						<Figure label="p95" value={duration(node.p95_ns)} /><Figure label="Calls" value={count(node.calls ?? 0)} />
					</dl></section>
				</>
			)}
			<FindingLines findings={mine} />
			{list('Called by', links.filter((l) => l.callee === node.service), (l) => l.caller)}
			{list('Calls', links.filter((l) => l.caller === node.service), (l) => l.callee)}
		</Panel>
	);
}
