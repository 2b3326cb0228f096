// One consumer on one operation: what is certain and by what, when, from which versions, with which fields, and whom to talk to.
import type { JSX } from 'preact';
import { Age, CopyButton, Owner } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Panel } from '../parts/panel';
import { verdictSays, VerdictChip, windowWords } from '../parts/verdict';
import { absolute, count, percent, plural } from '../format';
import { patch } from '../router';
import { pageLink } from '../state';
import type { Consumers, OperationConsumer, UsedField } from '../types';
import { Caller, LastCall, leaves, type Use } from './consumers';
import { OperationName } from './contract-doc';
import { term } from './logs-text';

const KINDS: Record<string, string> = { query: 'In the query', header: 'Headers', path: 'In the path', body: 'In the body' };

// "body.items[].sku" is "items[].sku" in the body.
export function splitField(name: string): [string, string] {
	const dot = name.indexOf('.'), kind = dot > 0 ? name.slice(0, dot) : '';
	return KINDS[kind] ? [kind, name.slice(dot + 1)] : ['', name];
}

// Bodies are looked into by sample: shares are of those that were.
function Fields({ all, calls }: { all: UsedField[]; calls: number }): JSX.Element {
	const looked = all.find((f) => f.field === 'body')?.calls ?? calls, fields = leaves(all);
	const share = (f: UsedField): string => { const of = f.field.startsWith('body.') ? looked : calls; return of ? percent(Math.min(1, f.calls / of)) : count(f.calls); };
	const kinds = [...new Set(fields.map((f) => splitField(f.field)[0]))];
	return (
		<section><h3>What it sends</h3>
			{kinds.map((kind) => (
				<div key={kind} class="sent"><h4>{KINDS[kind] ?? 'Other'}</h4>
					<ul>{fields.filter((f) => splitField(f.field)[0] === kind).map((f) => (
						<li key={f.field}><code>{splitField(f.field)[1]}</code><span class="num dim" title={`in ${plural(f.calls, 'call')}`}>{share(f)}</span><LastCall ms={f.last_ms} trace={f.last_trace} /></li>
					))}</ul>
				</div>
			))}
			<p class="dim small">The share of its calls that had each{looked < calls ? `; the bodies of ${count(looked)} were looked into` : ''}. What it reads of the answer cannot be seen from outside; its contract can say.</p>
		</section>
	);
}

// What the verdict rests on, for this one.
function why(c: OperationConsumer): string {
	if (c.verdict !== 'proved') return verdictSays(c.verdict);
	return c.contract ? c.calls ? 'it calls this operation, and its contract names it' : 'its contract names this operation, though it was not seen to call it' : 'it calls this operation';
}

export function UsePanel({ u, data }: { u: Use; data: Consumers }): JSX.Element {
	const { c } = u;
	const about = `${c.consumer} on ${u.operation} of ${data.service} ${data.version}: ${c.calls ? `${count(c.calls)} calls in ${windowWords(data.window_days)}, the last ${absolute(c.last_ms).slice(0, 19)}` : 'no call'}${c.last_trace ? `, trace ${c.last_trace}` : ''}`;
	return (
		<Panel label={`${c.consumer} on ${u.operation}`} title={<Caller name={c.consumer} />} onClose={() => patch({ op: null, consumer: null })}>
			<p><OperationName id={u.operation} /></p>
			<p class="verdict-line"><VerdictChip verdict={c.verdict} days={data.window_days} /> <span>{why(c)}.</span></p>
			<section><dl class="pairs">
				<dt>owner</dt><dd>{c.consumer === 'outside' ? 'callers who do not say who they are' : <Owner owner={c.owner} contact={c.contact} />}</dd>
				<dt>calls</dt><dd class="num">{c.calls ? count(c.calls) : 'none'}{c.failed ? <span class="is-warning-text">, {count(c.failed)} failed</span> : null}</dd>
				{c.first_ms ? <><dt>first</dt><dd><Age ms={c.first_ms} /></dd></> : null}
				<dt>last</dt><dd><LastCall ms={c.last_ms} trace={c.last_trace} /></dd>
				{c.versions.length ? <><dt>from</dt><dd class="mono">{c.versions.join(', ')}</dd></> : null}
				<dt>contract</dt><dd>{c.contract ? <a class="link" href={`/matrix?consumer=${encodeURIComponent(c.consumer)}&provider=${encodeURIComponent(data.service)}`}>its pact names this operation</a> : 'none of its contracts names this operation'}</dd>
			</dl></section>
			{c.fields.length ? <Fields all={c.fields} calls={c.calls} /> : null}
			<section class="actions">
				{c.last_trace ? <a class="button" href={`/trace/${encodeURIComponent(c.last_trace)}`}><Icon name="trace" size={14} />Last call</a> : null}
				{c.consumer === 'outside' ? null : <a class="button" href={pageLink('/logs', { q: term('service', c.consumer) })}><Icon name="logs" size={14} />Its logs</a>}
				<CopyButton text={about} label="Copy" what="Copied for a message" />
			</section>
		</Panel>
	);
}
