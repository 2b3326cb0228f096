// One trace: why it went as it did, in words; then the waterfall. State in the address: span or line (the panel), z (zoom, µs), find, nologs, fold.
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { api, useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, Owner, Service, Skeleton, Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { absolute, clock, duration, nsToMs, percent, plural } from '../format';
import { useKeys, useRowKeys } from '../keys';
import { param, patch } from '../router';
import { pageLink, useTitle } from '../state';
import type { Trace, Why } from '../types';
import { Level } from './logs-row';
import { buildModel, matches, rowsOf, type Row } from './trace-model';
import { CallPanel, LinePanel } from './trace-panel';
import { Waterfall, type Window } from './trace-waterfall';

function WhyBox({ why }: { why: Why }): JSX.Element {
	const state = why.verdict === 'failed' ? 'failure' : why.verdict === 'slow' ? 'warning' : 'ok';
	const { cause } = why;
	const [head, ...rest] = why.sentences;
	return (
		<section class={`why is-${state}`} aria-label="Why" data-why>
			<div class="why-main">
				<p class="why-head"><Chip state={state}>{why.verdict}</Chip><strong>{head ?? 'Nothing stands out.'}</strong></p>
				{rest.length ? <ol>{rest.map((s, i) => <li key={i}>{s}</li>)}</ol> : null}
				{why.lines.length ? <ul class="evidence" aria-label="The log lines that say why">{why.lines.slice(0, 4).map((l) => <li key={l.id}><span class="num dim">{clock(nsToMs(l.time_ns))}</span><Level level={l.level} /><span class="who"><Swatch service={l.service} />{l.service}</span><span class="text" title={l.body}>{l.body}</span></li>)}</ul> : null}
			</div>
			{cause ? (
				<aside class="why-cause" aria-label="The cause">
					<h2>Cause</h2>
					<p class="cause-service"><Service name={cause.service} /></p>
					<p>{cause.words}</p>
					<p><Owner owner={cause.owner} contact={cause.contact} /></p>
					{cause.span ? <button type="button" class="link-button" onClick={() => patch({ span: cause.span, line: null })}>show this call</button> : null}
				</aside>
			) : null}
		</section>
	);
}

function readWindow(text: string, all: number): Window {
	const m = /^(\d+)-(\d+)$/.exec(text);
	const a = m ? Number(m[1]) * 1e3 : 0, b = m ? Number(m[2]) * 1e3 : all;
	return b > a ? [a, Math.min(b, Math.max(all, a + 1))] : [0, all];
}

export function TracePage({ id }: { id: string }): JSX.Element {
	useRowKeys();
	const trace = useApi<Trace>(api(`traces/${id}`), { keep: false });
	const why = useApi<Why>(api(`why/${id}`), { keep: false });
	const late = useApi<Trace>(trace.data && !trace.data.complete ? api(`traces/${id}`) : null, { every: 2000 });
	const data = late.data ?? trace.data;
	const model = useMemo(() => data ? buildModel(data) : null, [data]);
	const [closed, setClosed] = useState<Set<string>>(new Set());
	const [opened, setOpened] = useState<Set<string>>(new Set());
	const logs = param('nologs') !== '1', fold = param('fold') === '1', find = param('find');
	const rows = useMemo(() => model && data ? rowsOf(model, data.start_ns, { logs, fold, closed, opened }) : [], [model, logs, fold, closed, opened]);
	const root = model?.roots[0];
	const name = root ? `${root.operation} · ${root.service}` : 'Trace';
	useTitle(name);
	const zoom = (w: Window | null): void => patch({ z: w ? `${Math.floor(w[0] / 1e3)}-${Math.ceil(w[1] / 1e3)}` : null }, { replace: true });
	const flip = (set: Set<string>, key: string): Set<string> => { const next = new Set(set); next.has(key) ? next.delete(key) : next.add(key); return next; };
	useKeys((e) => {
		if (e.key === 'l') patch({ nologs: logs ? '1' : null }, { replace: true });
		else if (e.key === 'c') patch({ fold: fold ? null : '1' }, { replace: true });
		else if (e.key === 'z') zoom(null);
		else if (e.key === 'Escape') history.back();
		else return false;
		return true;
	});
	const spanId = param('span'), lineId = param('line');
	const call = model?.calls.find((c) => c.span.id === spanId);
	const line = data?.logs.find((l) => l.id === lineId);
	const close = (): void => patch({ span: null, line: null });
	const pick = (row: Row): void => {
		if (row.kind === 'call') patch({ span: row.key === spanId ? null : row.key, line: null });
		if (row.kind === 'log') patch({ line: row.log.id === lineId ? null : row.log.id, span: null });
	};
	if (trace.error && !data) {
		return <main id="page" tabIndex={-1}>{trace.error.status === 404 ? <Empty page title="No trace with this id" command={`pleach trace ${id}`}>It may not have arrived yet (that takes up to a second), or be older than what the store keeps, or belong to another fleet. <button type="button" class="link-button" onClick={trace.reload}>Look again</button></Empty> : <Failed error={trace.error} what="The trace could not be loaded" retry={trace.reload} />}</main>;
	}
	const found = find ? rows.filter((r) => matches(r, find)).length : 0;
	const total = model?.services.reduce((n, s) => n + s.self, 0) ?? 0;
	const started = data ? nsToMs(data.start_ns) : 0;
	return (
		<>
			<main id="page" class="trace" tabIndex={-1}>
				<header class="trace-head">
					<div class="title"><a class="crumb" href={pageLink('/traces')}>Traces</a><h1>{root ? <><Swatch service={root.service} />{root.service} <span class="mono">{root.operation}</span></> : 'Trace'}</h1>
						{root && root.status > 0 ? <Chip state={root.failed ? 'failure' : 'ok'}>{root.status}</Chip> : null}{data && !data.complete ? <Chip state="info">still arriving</Chip> : null}</div>
					{data && model ? <p class="meta"><strong class="num">{duration(data.duration_ns)}</strong><span>{plural(model.calls.length, 'call')}</span><span>{plural(data.logs.length, 'log line')}{data.logs_cut ? ', more were cut' : ''}</span><span title={absolute(started)}><Age ms={started} /></span><code class="dim">{id}</code><CopyButton text={id} label="Copy the id" what="Id copied" small /></p> : null}
					<div class="page-tools"><CopyButton text={`pleach why ${id}`} label="Copy as command" what="Command copied" /></div>
				</header>
				{why.data ? <WhyBox why={why.data} /> : why.error && why.error.status !== 404 ? <p class="section is-warning-text"><Icon name="warning" size={13} /> The explanation is missing: {why.error.message}</p> : null}
				{data && model ? (
					<>
						<div class="wf-tools">
							<ul class="shares" aria-label="Where the time went">{model.services.filter((s) => s.self > 0).slice(0, 6).map((s) => <li key={s.service} title="Share of the critical path"><Swatch service={s.service} />{s.service} <span class="num dim">{duration(s.self)} · {percent(total ? Number((s.self / total).toFixed(3)) : 0)}</span></li>)}</ul>
							<label class="find"><span class="sr">Find in this trace</span><Icon name="search" size={14} /><input class="field" data-search="page" type="search" value={find} placeholder="Find in this trace" onInput={(e) => patch({ find: e.currentTarget.value }, { replace: true })} />{find ? <span class="num dim" role="status">{found}</span> : null}</label>
							<button type="button" class="button" aria-pressed={logs} title="Log lines (l)" onClick={() => patch({ nologs: logs ? '1' : null }, { replace: true })}><Icon name="logs" size={14} />Log lines</button>
							<button type="button" class="button" aria-pressed={fold} title="Fold by service (c)" onClick={() => patch({ fold: fold ? null : '1' }, { replace: true })}><Icon name="team" size={14} />Fold by service</button>
						</div>
						<Waterfall model={model} rows={rows} w={readWindow(param('z'), model.duration)} zoom={zoom} selected={spanId || (lineId ? `l${lineId}` : '')} find={find} closed={closed} open={pick} fold={(k) => setClosed(flip(closed, k))} toggleGroup={(k) => setOpened(flip(opened, k))} />
						<ul class="wf-legend" aria-label="What the marks mean">
							<li><i class="k-connect" />connect</li><li><i class="k-wait" />wait for the first byte</li><li><i class="k-rest" />answer</li><li><i class="k-critical" />critical path</li><li><i class="gap-key" />unexplained</li><li><i class="k-failed" />failed</li>
						</ul>
					</>
				) : <Skeleton rows={10} shown={trace.slow} />}
			</main>
			{call ? <CallPanel key={call.span.id} call={call} onClose={close} /> : line ? <LinePanel key={line.id} log={line} onClose={close} /> : null}
		</>
	);
}
