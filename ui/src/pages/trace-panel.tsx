// Details beside the waterfall: one call (what it was, its attempts, its attributes, its lines) or one log line.
import type { JSX } from 'preact';
import { Chip, CopyButton, Figure, Owner, Service } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Panel } from '../parts/panel';
import { absolute, clock, duration, nsToMs } from '../format';
import { contactOf, pageLink } from '../state';
import type { LogRow } from '../types';
import { reasonWords } from '../words';
import { Level, textOf } from './logs-row';
import type { Attempt, Call } from './trace-model';
import { term } from './logs-text';

function Pairs({ of }: { of: Record<string, unknown> }): JSX.Element {
	return <table class="fields-table"><tbody>{Object.entries(of).map(([k, v]) => <tr key={k}><th scope="row">{k}</th><td class="mono">{textOf(v)}</td></tr>)}</tbody></table>;
}

function Attempts({ attempts, callStart, service }: { attempts: Attempt[]; callStart: number; service: string }): JSX.Element {
	return (
		<section><h3>{attempts.length === 1 ? 'The attempt' : `${attempts.length} attempts`}</h3>
			<table class="table plain"><thead><tr><th scope="col">Instance</th><th scope="col" class="right">Began</th><th scope="col" class="right">Connect</th><th scope="col" class="right">First byte</th><th scope="col" class="right">Total</th></tr></thead>
				<tbody>{attempts.map((a, i) => (
					<tr key={i} title={a.address}><td>{a.instance}</td><td class="num right">+{duration(Math.max(0, a.start - callStart))}</td><td class="num right">{a.reused ? <span class="dim">kept</span> : a.connect < 0 ? '–' : duration(a.connect)}</td><td class="num right">{a.firstByte < 0 ? '–' : duration(a.firstByte)}</td><td class="num right">{duration(a.total)}</td></tr>
				))}</tbody></table>
			{attempts.filter((a) => a.result !== 'answered').map((a, i) => <p key={i} class="is-failure-text attempt-words"><Icon name="failure" size={13} /> {a.instance}: {reasonWords(a.result, service)}</p>)}
		</section>
	);
}

export function CallPanel({ call, onClose }: { call: Call; onClose: () => void }): JSX.Element {
	const { owner, contact } = contactOf(call.service);
	const begin = nsToMs(call.span.start_ns);
	const self = call.critical.reduce((n, [a, b]) => n + b - a, 0);
	const words = call.reason ? reasonWords(call.reason, call.service) : call.status > 0 ? `answered ${call.status}` : call.span.status_message;
	return (
		<Panel label={`${call.service}, ${call.operation}`} title={<><Service name={call.service} /><span class="mono dim">{call.operation}</span></>} onClose={onClose}>
			<div class="panel-lead"><Chip state={call.failed ? 'failure' : 'ok'}>{words || 'answered'}</Chip><Owner owner={owner} contact={contact} /></div>
			<div class="actions">
				<a class="button" href={pageLink('/logs', { q: term('service', call.service), from: String(Math.floor(begin - 2000)), to: String(Math.ceil(begin + call.span.duration_ns / 1e6 + 2000)) })}><Icon name="logs" size={14} />Its logs around then</a>
				<a class="button" href={pageLink('/traces', { service: call.service })}><Icon name="traces" size={14} />Other calls</a>
			</div>
			<section><dl class="figures">
				<Figure label="Took" value={duration(call.end - call.start)} /><Figure label="On critical path" value={duration(self)} title="How long the whole waited for this call itself" />
				<Figure label="Began" value={`+${duration(Math.max(0, call.start))}`} /><Figure label="Status" value={call.status > 0 ? call.status : '–'} tone={call.failed ? 'failure' : undefined} />
			</dl></section>
			{call.gaps.length ? <section><p class="small"><span class="gap-key" aria-hidden="true" />{duration(call.gaps.reduce((n, [a, b]) => n + b - a, 0))} in which no call and no log line says what {call.service} did.</p></section> : null}
			{call.attempts.length ? <Attempts attempts={call.attempts} callStart={call.start} service={call.service} /> : null}
			{call.logs.length ? <section><h3>Its log lines</h3><ul class="said-list">{call.logs.map((l) => <li key={l.id}><span class="num dim">{clock(nsToMs(l.time_ns))}</span> <Level level={l.level} /> <span>{l.body}</span></li>)}</ul></section> : null}
			<section><h3>Attributes</h3><Pairs of={{ ...(call.caller ? { caller: call.caller } : {}), name: call.span.name, kind: call.span.kind, span: call.span.id, began: absolute(begin), ...call.span.attributes }} /></section>
			{call.span.events.filter((e) => e.name !== 'attempt').map((e, i) => <section key={i}><h3>{e.name} <span class="dim num">{clock(nsToMs(e.time_ns))}</span></h3><Pairs of={e.attributes} /></section>)}
			{call.span.links.length ? <section><h3>Links</h3><ul class="lines">{call.span.links.map((l) => <li key={l.span_id}><Icon name="trace" size={14} /><a class="mono link" href={pageLink(`/trace/${l.trace_id}`)}>{l.trace_id}</a></li>)}</ul></section> : null}
		</Panel>
	);
}

export function LinePanel({ log, onClose }: { log: LogRow; onClose: () => void }): JSX.Element {
	return (
		<Panel label="Log line" title={<><Service name={log.service} /><Level level={log.level} /></>} onClose={onClose}>
			<section><pre>{log.body}</pre></section>
			<div class="actions">
				<a class="button" href={pageLink('/logs', { q: term('instance', log.instance), from: String(Math.floor(nsToMs(log.time_ns) - 5000)), to: String(Math.ceil(nsToMs(log.time_ns) + 5000)) })}><Icon name="logs" size={14} />Lines around it</a>
				<CopyButton text={JSON.stringify(log, null, 2)} label="Copy as JSON" what="Line copied" />
			</div>
			<section><h3>Fields</h3><Pairs of={{ time: absolute(nsToMs(log.time_ns)), instance: log.instance, ...(log.version ? { version: log.version } : {}), ...log.attributes }} /></section>
		</Panel>
	);
}
