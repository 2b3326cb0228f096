// Who uses a version of a service: consumers on each operation, or operations of each consumer, with what is certain about each, and calls that fit
// no operation. by, q, verdict, op and consumer are in the address.
import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Loaded } from '../api';
import { Age, Empty, Failed, Owner, Service, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { VERDICTS, verdictWords, VerdictChip, windowWords } from '../parts/verdict';
import { count, percent, plural } from '../format';
import { useRowKeys } from '../keys';
import { link, param, patch, withQuery } from '../router';
import type { Consumers, OperationConsumer, UnknownCall, UsedField, Verdict } from '../types';
import { OperationName } from './contract-doc';

const SHOWN = 400; // rows before a word must narrow them
const FIELDS = 3; // names in a row; the panel has all

export interface Use { operation: string; c: OperationConsumer }

export function Caller({ name }: { name: string }): JSX.Element {
	return name === 'outside' ? <span class="service" title="Callers from outside who do not say who they are"><Icon name="globe" size={13} />outside</span> : <Service name={name} plain />;
}

// When it was last used, leading to that call.
export function LastCall({ ms, trace, onClick }: { ms: number; trace: string; onClick?: (e: Event) => void }): JSX.Element {
	if (!ms) return <span class="dim">never</span>;
	return trace ? <a class="link" href={`/trace/${encodeURIComponent(trace)}`} title="Its last call as a trace" onClick={onClick}><Age ms={ms} /></a> : <Age ms={ms} />;
}

// Fields without those that only hold others: "body.items" says nothing beside "body.items[].sku".
export function leaves(fields: UsedField[]): UsedField[] {
	const names = fields.map((f) => f.field);
	return fields.filter((f) => f.field !== 'body' && !names.some((n) => n.startsWith(`${f.field}.`) || n.startsWith(`${f.field}[]`)));
}

const stop = (e: Event): void => e.stopPropagation();

function Row({ u, days, head, on }: { u: Use; days: number; head: ComponentChildren; on: boolean }): JSX.Element {
	const { c } = u, sel = { op: u.operation, consumer: c.consumer };
	const names = leaves(c.fields).map((f) => f.field);
	return (
		<tr class={`opens ${on ? 'is-on' : ''}`} onClick={() => patch(sel)}>
			<th scope="row"><a data-row href={withQuery(on ? { op: null, consumer: null } : sel)} onClick={stop}>{head}</a></th>
			<td><VerdictChip verdict={c.verdict} days={days} /></td>
			<td>{c.contract ? <span title="Its own contract (a pact) names this operation"><Icon name="contracts" size={13} /> named</span> : <span class="dim">–</span>}</td>
			<td class="num right">{c.calls ? count(c.calls) : <span class="dim">–</span>}</td>
			<td class={`num right ${c.failed ? 'is-warning-text' : ''}`}>{c.failed ? percent(c.failed / c.calls) : <span class="dim">–</span>}</td>
			<td class="num right"><LastCall ms={c.last_ms} trace={c.last_trace} onClick={stop} /></td>
			<td class="cut mono" title={names.join(', ')}>{names.slice(0, FIELDS).join(', ')}{names.length > FIELDS ? ` +${names.length - FIELDS}` : ''}</td>
			<td><Owner owner={c.consumer === 'outside' ? 'nobody of ours' : c.owner} contact={c.contact} /></td>
		</tr>
	);
}

const COLUMNS = 8;

function Group({ title, note, rows, days, byConsumer }: { title: ComponentChildren; note: ComponentChildren; rows: Use[]; days: number; byConsumer: boolean }): JSX.Element {
	return (
		<tbody>
			<tr class="group-head"><th scope="colgroup" colSpan={COLUMNS}>{title} <span class="dim small">{note}</span></th></tr>
			{rows.map((u) => <Row key={`${u.operation} ${u.c.consumer}`} u={u} days={days} on={param('op') === u.operation && param('consumer') === u.c.consumer} head={byConsumer ? <OperationName id={u.operation} /> : <Caller name={u.c.consumer} />} />)}
		</tbody>
	);
}

function grouped(rows: Use[], key: (u: Use) => string): Map<string, Use[]> {
	const out = new Map<string, Use[]>();
	for (const u of rows) { const k = key(u), list = out.get(k); if (list) list.push(u); else out.set(k, [u]); }
	return out;
}

const total = (rows: Use[]): number => rows.reduce((n, u) => n + u.c.calls, 0);

function Unknown({ rows, service, described }: { rows: UnknownCall[]; service: string; described: boolean }): JSX.Element {
	return (
		<section class="table-wrap" tabIndex={0} role="region" aria-label="Calls that fit no operation">
			<h2>Calls that fit no operation <span class="dim num">{rows.length}</span></h2>
			<p class="dim">{described ? `The contract of ${service} does not describe them: either it lacks an operation that is in use, or somebody calls the wrong address.` : <>No contract of {service} describes its operations over HTTP. Name one under <code>serves</code> in its service.yaml (<code>schema: openapi.yaml</code>), and its consumers stand here by operation.</>}</p>
			<table class="table">
				<thead><tr><th scope="col">Call</th><th scope="col">Consumer</th><th scope="col" class="right">Calls</th><th scope="col" class="right">Last</th></tr></thead>
				<tbody>{rows.slice(0, SHOWN).map((x) => <tr key={`${x.method} ${x.path} ${x.consumer}`}><th scope="row"><OperationName id={`${x.method} ${x.path}`} /></th><td><Caller name={x.consumer} /></td><td class="num right">{count(x.calls)}</td><td class="num right"><LastCall ms={x.last_ms} trace={x.last_trace} /></td></tr>)}</tbody>
			</table>
		</section>
	);
}

function Summary({ data }: { data: Consumers }): JSX.Element {
	const called = data.operations.filter((o) => o.calls), names = new Set(data.operations.flatMap((o) => o.consumers.filter((c) => c.calls).map((c) => c.consumer)));
	const bare = data.operations.flatMap((o) => o.consumers.filter((c) => c.calls && !c.contract));
	const young = data.since_ms && Date.now() - data.since_ms < data.window_days * 864e5;
	const covered = called.filter((o) => o.consumers.some((c) => c.calls && c.contract)).length;
	return (
		<p class="lead">{names.size ? <>{plural(names.size, 'consumer')} called {called.length} of {plural(data.operations.length, 'operation')}</> : <>Nobody called any of {plural(data.operations.length, 'operation')}</>} in the last {windowWords(data.window_days)}.
			{called.length ? <span class="dim"> {covered ? `Consumers’ own contracts name ${covered} of these${bare.length ? `, and are silent on ${plural(bare.length, 'use')}` : ''}.` : 'No consumer’s own contract names any of these.'}</span> : null}
			{young ? <span class="dim"> Calls are watched since <Age ms={data.since_ms!} />.</span> : null}
			{data.dropped ? <span class="is-warning-text"> {plural(data.dropped, 'use')} more were not kept: there are too many to keep.</span> : null}</p>
	);
}

// The row that the address names.
export function usedBy(data: Consumers | null, operation: string, consumer: string): Use | undefined {
	const c = operation ? data?.operations.find((o) => o.operation === operation)?.consumers.find((x) => x.consumer === consumer) : undefined;
	return c ? { operation, c } : undefined;
}

export function ConsumersView({ service, version, found }: { service: string; version: string; found: Loaded<Consumers> }): JSX.Element {
	useRowKeys();
	const data = found.data, byConsumer = param('by') === 'consumer', word = param('q').trim().toLowerCase(), only = param('verdict') as Verdict | '';
	const all = useMemo(() => (data?.operations ?? []).flatMap((o) => o.consumers.map((c): Use => ({ operation: o.operation, c }))), [data]);
	const near = all.filter((u) => !word || `${u.operation} ${u.c.consumer} ${u.c.owner} ${u.c.fields.map((f) => f.field).join(' ')}`.toLowerCase().includes(word));
	const rows = near.filter((u) => !only || u.c.verdict === only);
	const groups = [...grouped(rows.slice(0, SHOWN), (u) => byConsumer ? u.c.consumer : u.operation)].sort((a, b) => byConsumer ? total(b[1]) - total(a[1]) : 0);
	const silent = (data?.consumers ?? []).filter((c) => c.declared && !c.calls && !all.some((u) => u.c.consumer === c.consumer));
	const unused = (data?.operations ?? []).filter((o) => !o.consumers.length && (!word || o.operation.toLowerCase().includes(word)));
	const head = <thead><tr><th scope="col">{byConsumer ? 'Operation' : 'Consumer'}</th><th scope="col">Certainty</th><th scope="col">Its contract</th><th scope="col" class="right">Calls</th><th scope="col" class="right">Failed</th><th scope="col" class="right">Last call</th><th scope="col">Sends</th><th scope="col">Owner</th></tr></thead>;
	return (
		<div class="section stack consumers">
			{found.error && !data ? <Failed error={found.error} what="The consumers could not be loaded" retry={found.reload} /> : null}
			{!data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{data && !data.operations.length && !data.unknown.length ? <Empty title={`Nobody is known to use ${service} ${version}`} command={`serves:\n  - { version: ${version}, path: /${version}, schema: openapi-${version}.yaml }`}>Calls through the gateway and published pacts are matched to the operations that the contract describes. Name the contract in the service’s service.yaml, and let somebody call it.</Empty> : null}
			{data?.operations.length ? <>
				<Summary data={data} />
				{all.length || word ? <div class="matrix-tools">
					<div class="switch" role="group" aria-label="Grouped"><button type="button" aria-pressed={!byConsumer} onClick={() => patch({ by: null })}>By operation</button><button type="button" aria-pressed={byConsumer} onClick={() => patch({ by: 'consumer' })}>By consumer</button></div>
					<div class="fits" role="group" aria-label="Only with this certainty">{VERDICTS.map((v) => { const n = near.filter((u) => u.c.verdict === v).length; return n || only === v ? <button type="button" class="button" key={v} aria-pressed={only === v} onClick={() => patch({ verdict: only === v ? null : v })}>{n} {verdictWords(v)}</button> : null; })}</div>
					<label class="narrow"><span class="sr">Only with this word</span><input class="field" data-search="page" type="search" placeholder="An operation, a consumer, a field" value={param('q')} onInput={(e) => patch({ q: e.currentTarget.value }, { replace: true })} spellcheck={false} autocomplete="off" /></label>
				</div> : null}
			</> : null}
			{groups.length ? (
				<div class="table-wrap" tabIndex={0} role="region" aria-label="Consumers">
					<table class="table">{head}{groups.map(([key, list]) => <Group key={key} rows={list} days={data!.window_days} byConsumer={byConsumer} title={byConsumer ? <Caller name={key} /> : <OperationName id={key} />} note={byConsumer ? `${plural(list.length, 'operation')}, ${total(list) ? plural(total(list), 'call') : 'not called'}` : total(list) ? `${plural(list.filter((u) => u.c.calls).length, 'consumer')}, ${plural(total(list), 'call')}` : 'not called'} />)}</table>
					{rows.length > SHOWN ? <p class="dim small">{rows.length - SHOWN} more; a word above narrows them.</p> : null}
				</div>
			) : null}
			{all.length && !groups.length ? <Empty title="Nothing is like that"><button type="button" class="link-button" onClick={() => patch({ q: null, verdict: null })}>Show all</button></Empty> : null}
			{unused.length && !only && !byConsumer ? <section><h2>Nobody uses <span class="dim num">{unused.length}</span></h2><ul class="unused">{unused.slice(0, SHOWN).map((o) => <li key={o.operation}><a class="link" href={link(`/contracts/${encodeURIComponent(service)}/${encodeURIComponent(version)}`, { sel: `op:${o.operation}` })}><OperationName id={o.operation} /></a></li>)}</ul></section> : null}
			{silent.length && !only ? <p><b>Say that they call it, and did not:</b> {silent.map((c) => <span key={c.consumer} class="silent"><Caller name={c.consumer} /> <Owner owner={c.owner} contact={c.contact} /></span>)}</p> : null}
			{data?.unknown.length && !only ? <Unknown rows={data.unknown} service={service} described={data.operations.some((o) => /^[A-Z]+ \//.test(o.operation))} /> : null}
		</div>
	);
}
