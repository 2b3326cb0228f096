// One old version on its way out: its dates, who still calls it and what each must change, who has moved, and, when nobody is left, the next step.
import type { JSX } from 'preact';
import { Age, CopyButton, Empty, Failed, Owner, PageHead, Prose, Service, Skeleton, Snippet } from '../parts/bits';
import { AxisHead, Course } from '../parts/course';
import { Icon } from '../parts/icons';
import { DaySpark } from '../parts/spark';
import { absolute, count, day, plural } from '../format';
import { useRowKeys } from '../keys';
import { contactOf, fleet, pageLink, useTitle } from '../state';
import type { Migration, MigrationCaller, Must } from '../types';
import { Caller, LastCall } from './consumers';
import { OperationName } from './contract-doc';
import { contractLink } from './contracts';
import { axisOf, courseWords, daysWords, messageText, mustsOf, nextBrownouts, spanWords } from './migration-text';
import { Moved, StateChip, useMigrations } from './migrations';

const YOUNG = 30 * 864e5; // ms: what a caller's course spans
const OPEN = 3; // callers whose changes are unfolded at once

function Musts({ list }: { list: Must[] }): JSX.Element {
	return <ul>{list.map((x) => <li key={x.fingerprint + x.sentence}><span><Prose text={x.sentence} />.</span>{x.remedy ? <span class="remedy"> <Prose text={x.remedy} /></span> : null} {x.fingerprint ? <span class="dim small">{x.kind} <code>{x.fingerprint}</code></span> : null}</li>)}</ul>;
}

function CallerCard({ c, m, open }: { c: MigrationCaller; m: Migration; open: boolean }): JSX.Element {
	const { all, each, count: things } = mustsOf(c);
	return (
		<article class="caller" aria-label={c.consumer}>
			<header>
				<h3>{c.consumer === 'outside' ? <Caller name={c.consumer} /> : <a data-row href={pageLink(`/services/${encodeURIComponent(c.consumer)}`)}><Service name={c.consumer} plain /></a>}</h3>
				{c.consumer === 'outside' ? <span class="dim">callers who do not say who they are</span> : <Owner owner={c.owner} contact={c.contact} />}
				<span class="push" />
				<DaySpark days={c.days} />
				<span class="num" title={`${count(c.calls)} calls in ${c.days.length} days`}><b>{count(c.calls_day)}</b> <span class="dim">a day</span></span>
				<span class="num"><span class="dim">last</span> <LastCall ms={c.last_ms} trace={c.last_trace} /></span>
				<CopyButton text={messageText(m, location.origin, c)} label={`Copy a message to ${c.owner || `the owner of ${c.consumer}`}`} what="Copied for a message" small />
			</header>
			<details open={open}>
				<summary>{things ? `${plural(things, 'thing')} to change in ${plural(c.operations.length, 'operation')}` : `Nothing but the version changes in ${plural(c.operations.length, 'operation')}`}</summary>
				<ul class="musts">{all.length ? <li><b>In every call</b><Musts list={all} /></li> : null}{each.map((o) => (
					<li key={o.operation}>
						<div class="must-head"><OperationName id={o.operation} /><span class="dim num">{plural(o.calls, 'call')}, last <Age ms={o.last_ms} /></span></div>
						{o.must.length ? <Musts list={o.must} /> : all.length ? null
							: <p class="dim">Call {m.successor || 'the successor'} instead; what it uses is the same there.</p>}
					</li>
				))}</ul>
			</details>
		</article>
	);
}

function Removable({ m }: { m: Migration }): JSX.Element {
	const file = fleet.value?.services.find((s) => s.service === m.service)?.file;
	const last = Math.max(0, ...m.moved.map((x) => x.last_old_ms));
	return (
		<section class="removable" aria-label="It can be removed">
			<Icon name="leaf" size={28} />
			<div class="stack-8">
				<h2>Everybody has moved</h2>
				<p>Nobody calls {m.service} {m.version} any more{last ? <>; the last call was <Age ms={last} /></> : null}{m.moved.length ? `. Thanks to ${[...new Set(m.moved.map((x) => x.owner || x.consumer))].join(', ')}` : ''}.</p>
				<p>Next: take {m.version} out of <code>serves</code>{file ? <> in <code>{file}</code></> : null}, delete its code, and see that the fleet’s files still agree:</p>
				<Snippet text="pleach check" label="Copy the command" />
			</div>
		</section>
	);
}

function Dates({ m }: { m: Migration }): JSX.Element {
	const at = Date.now(), axis = axisOf([m], at), named = nextBrownouts(m);
	return (
		<section class="dates" aria-label="Dates">
			<AxisHead axis={axis} now={at} />
			<Course m={m} axis={axis} now={at} words={courseWords(m, at)} height={36} />
			<dl class="date-list">
				<div><dt><i class="key passed" />deprecated</dt><dd class="num">{m.deprecated_ms ? <time title={absolute(m.deprecated_ms)}>{day(m.deprecated_ms)}</time> : <span class="dim">not yet</span>}</dd></div>
				{named.map((b) => <div key={b.from_ms}><dt><i class="key brownout" />brown-out</dt><dd class={`num ${b.state === 'past' ? 'dim' : ''}`}>{spanWords(b.from_ms, b.to_ms)}{b.state === 'now' ? <b class="is-warning-text"> now</b> : b.state === 'past' ? ' (over)' : ''}</dd></div>)}
				{m.brownouts.length > named.length ? <div><dt><i class="key brownout" />brown-outs</dt><dd class="dim num">{m.brownouts.length - named.length} more</dd></div> : null}
				<div><dt><i class="key end" />last day</dt><dd class="num">{m.sunset_ms ? <><time title={absolute(m.sunset_ms)}>{day(m.sunset_ms)}</time> <span class={m.days_left < 0 && m.state !== 'removable' ? 'is-failure-text' : 'dim'}>{daysWords(m)}</span></> : <span class="dim">none yet</span>}</dd></div>
			</dl>
		</section>
	);
}

function Transforms({ m }: { m: Migration }): JSX.Element | null {
	const t = m.transforms;
	if (!t) return null;
	const by = t.file ? <>the gateway transforms by <code>{t.file}</code></> : <>the gateway changes the path only</>;
	if (t.state === 'unchecked') return <p class="transform"><Icon name="open" size={14} /> <span>Those who still call {m.version} are served by {m.successor}: {by}. Whether that fits is not checked{t.why ? <>: <Prose text={`${t.why}.`} /></> : '.'}</span></p>;
	if (t.state === 'checked') return <p class="transform"><Icon name="ok" size={14} /> <span>Those who still call {m.version} are served by {m.successor}: {by}. {plural(t.tried, 'value')} of {plural(t.operations, 'operation')} went through it, and all fit the contract of {m.version}.{t.unjudged ? ` ${plural(t.unjudged, 'body', 'bodies')} could not be judged.` : ''}</span></p>;
	return (
		<div class="bar is-failure">
			<Icon name="failure" size={14} />
			<div>Those who still call {m.version} are served by {m.successor}, and what they get does not fit their contract; {by}:
				<ul class="faults">{t.faults.map((f) => (
					<li key={f.operation + f.what + f.sentence}><b>{f.operation}</b>, {f.what}: <Prose text={f.sentence} />
						{f.before ? <div class="small dim">of <code>{f.before}</code><br />comes <code>{f.after}</code></div> : null}
					</li>))}
				</ul>
			</div>
		</div>
	);
}

function lead(m: Migration): string {
	const all = m.moved.length + m.callers.length;
	if (m.state === 'removable') return 'Nobody is left on it.';
	if (!m.callers.length) return 'Nobody has called it of late.';
	return `${m.callers.length} of ${plural(all, 'consumer')} still ${m.callers.length === 1 ? 'calls' : 'call'} it, ${count(m.callers.reduce((n, c) => n + c.calls_day, 0))} times a day.`;
}

export function MigrationPage({ service, version }: { service: string; version: string }): JSX.Element {
	useTitle(`${service} ${version} to its successor`);
	useRowKeys();
	const found = useMigrations();
	const m = found.data?.migrations.find((x) => x.service === service && x.version === version);
	if (found.data && !m) return <main id="page" tabIndex={-1}><Empty page title={`${service} ${version} is not on its way out`}>It has no dates in its service.yaml, or it is gone. <a class="link" href="/migrations">All migrations</a></Empty></main>;
	return (
		<main id="page" tabIndex={-1}>
			<PageHead title={<span class="contract-title"><Service name={service} /> <span class="mono">{version}{m?.successor ? <span class="dim"> → {m.successor}</span> : null}</span></span>} note={m ? <><StateChip state={m.state} />{m.state === 'removable' ? null : <span> {daysWords(m)}</span>}</> : null}>
				{m ? <>
					<a class="button" href={contractLink(service, version, { view: 'consumers' })}><Icon name="consumers" size={14} />Consumers</a>
					<CopyButton text={messageText(m, location.origin)} label="Copy for the owners" what="Copied for a message" />
				</> : null}
			</PageHead>
			{found.error && !m ? <Failed error={found.error} what="The migration could not be loaded" retry={found.reload} /> : null}
			{!found.data && !found.error ? <Skeleton shown={found.slow} /> : null}
			{m ? (
				<div class="section stack migration">
					{m.missing ? <p class="bar is-warning"><Icon name="warning" size={14} /><span>Not all is known: <Prose text={m.missing} /></span></p> : null}
					<p class="lead">{lead(m)} <Moved m={m} /> <span class="dim">moved</span> <Owner owner={m.owner} contact={m.contact || contactOf(service).contact} />{m.documentation && /^https?:\/\//.test(m.documentation) ? <a class="link small" href={m.documentation} target="_blank" rel="noopener noreferrer">how to move</a> : null}</p>
					{m.watched_since_ms && Date.now() - m.watched_since_ms < YOUNG ? <p class="dim">Calls are counted since <Age ms={m.watched_since_ms} />: who calls more seldom than that is not seen yet.</p> : null}
					{m.state === 'removable' ? <Removable m={m} /> : null}
					<Dates m={m} />
					<Transforms m={m} />
					{m.callers.length ? <section class="stack-8"><h2>Still calling <span class="dim num">{m.callers.length}</span></h2>{[...m.callers].sort((a, b) => b.calls_day - a.calls_day).map((c, i) => <CallerCard key={c.consumer} c={c} m={m} open={i < OPEN} />)}</section> : null}
					{m.callers_unkept ? <p class="dim">{plural(m.callers_unkept, 'caller')} more could not be kept apart.</p> : null}
					{m.moved.length ? (
						<section class="table-wrap" tabIndex={0} role="region" aria-label="Moved">
							<h2>Moved <span class="dim num">{m.moved.length}</span></h2>
							<table class="table"><thead><tr><th scope="col">Consumer</th><th scope="col">Owner</th><th scope="col">First call of {m.successor || 'the new one'}</th><th scope="col">Last call of {m.version}</th></tr></thead>
								<tbody>{m.moved.map((x) => <tr key={x.consumer}><th scope="row"><Icon name="ok" size={13} class="is-ok-text" /> <Caller name={x.consumer} /></th><td><Owner owner={x.owner} contact={contactOf(x.consumer).contact} /></td><td>{x.first_new_ms ? <Age ms={x.first_new_ms} /> : <span class="dim">not seen</span>}</td><td>{x.last_old_ms ? <Age ms={x.last_old_ms} /> : <span class="dim">never</span>}</td></tr>)}</tbody>
							</table>
						</section>
					) : null}
				</div>
			) : null}
		</main>
	);
}
