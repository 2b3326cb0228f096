// The list of traces: filters, durations over time (a click on a dot opens the trace, a brush sets the time), rows.
// State in the address: q, service, min, error, from, to.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api, ask, useApi } from '../api';
import { Age, Chip, CopyButton, Empty, Failed, PageHead, Service, Skeleton, Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { useSize } from '../parts/size';
import { absolute, clockTicks, count, duration, nsToMs, plural } from '../format';
import { useRowKeys } from '../keys';
import { go, param, patch } from '../router';
import { cliTime, fleet, now, pageLink, range, setRange, toMs, useTitle } from '../state';
import type { TraceRow, Traces } from '../types';

const PAGE = 300;
const H = 132, LEFT = 52;

function Scatter({ rows, from, to }: { rows: TraceRow[]; from: number; to: number }): JSX.Element {
	const box = useRef<HTMLDivElement>(null);
	const width = useSize(box).w;
	const [brush, setBrush] = useState<[number, number] | null>(null);
	const lo = Math.max(1e5, Math.min(...rows.map((r) => r.duration_ns))), hi = Math.max(lo * 10, ...rows.map((r) => r.duration_ns));
	const bottom = Math.floor(Math.log10(lo)), topLog = Math.log10(hi) + 0.08;
	const x = (ms: number): number => LEFT + (ms - from) / (to - from) * (width - LEFT - 8);
	const y = (ns: number): number => H - 20 - (Math.log10(Math.max(ns, 1e5)) - bottom) / (topLog - bottom) * (H - 28);
	const back = (px: number): number => from + (px - LEFT) / (width - LEFT - 8) * (to - from);
	const at = (e: PointerEvent): number => Math.max(LEFT, Math.min(width - 8, e.clientX - box.current!.getBoundingClientRect().left));
	const decades = Array.from({ length: Math.max(1, Math.ceil(topLog) - bottom) }, (_, i) => 10 ** (bottom + i)).filter((d) => Math.log10(d) <= topLog);
	return (
		<div class="scatter" ref={box}
			onPointerDown={(e) => { if (e.button === 0 && !(e.target as Element).closest('[data-dot]')) { e.currentTarget.setPointerCapture(e.pointerId); setBrush([at(e), at(e)]); } }}
			onPointerMove={(e) => { if (brush) setBrush([brush[0], at(e)]); }}
			onPointerUp={() => { if (brush) { const a = Math.min(...brush), b = Math.max(...brush); if (b - a > 4) setRange(back(a), back(b)); } setBrush(null); }}
			onPointerCancel={() => setBrush(null)}>
			<svg width={width} height={H} role="img" aria-label={`Durations of ${plural(rows.length, 'trace')} over time, the rows below say the same`}>
				{width ? <>
					{decades.map((d) => <g key={d}><line class="grid" x1={LEFT} x2={width - 8} y1={y(d)} y2={y(d)} /><text class="axis" x={LEFT - 8} y={y(d) + 4} text-anchor="end">{duration(d)}</text></g>)}
					{clockTicks(from, to, Math.floor(width / 120)).map((t) => <text class="axis" key={t.at} x={Math.min(width - 26, Math.max(LEFT + 20, x(t.at)))} y={H - 4} text-anchor="middle">{t.label}</text>)}
					{[...rows].reverse().map((r) => {
						const px = x(nsToMs(r.time_ns)), py = y(r.duration_ns);
						const tip = <title>{`${r.root_service} ${r.root_name}, ${duration(r.duration_ns)}${r.errors ? ', failed' : ''}, ${absolute(nsToMs(r.time_ns))}`}</title>;
						return r.errors ? <path key={r.trace_id} data-dot class="dot is-bad" d={`M${px - 3.5},${py - 3.5}l7,7m0,-7l-7,7`} onClick={() => go(pageLink(`/trace/${r.trace_id}`))}>{tip}</path>
							: <circle key={r.trace_id} data-dot class="dot" cx={px} cy={py} r="3" onClick={() => go(pageLink(`/trace/${r.trace_id}`))}>{tip}</circle>;
					})}
					{brush ? <rect class="brush" x={Math.min(...brush)} y="0" width={Math.abs(brush[1] - brush[0])} height={H - 18} /> : null}
				</> : null}
			</svg>
		</div>
	);
}

export function TracesPage(): JSX.Element {
	useTitle('Traces');
	useRowKeys();
	const { from, to } = range('30m');
	const q = param('q'), service = param('service'), min = param('min'), errors = param('error') === 'true';
	const asked = { q, service, min_duration: min, error: errors ? 'true' : '', from, to };
	const url = api('traces', { ...asked, limit: PAGE });
	const first = useApi<Traces>(url);
	const fresh = useApi<Traces>(to ? null : api('traces', { ...asked, limit: 50 }), { every: 5000 });
	const [older, setOlder] = useState<{ url: string; rows: TraceRow[]; next: string } | null>(null);
	const [text, setText] = useState(q);
	const [minText, setMinText] = useState(min);
	useLayoutEffect(() => { setText(q); setMinText(min); }, [q, min]);
	const more = older?.url === url ? older : null;
	const rows = [...(first.data?.traces ?? []), ...(more?.rows ?? [])];
	const next = more ? more.next : first.data?.next ?? '';
	const newest = rows[0]?.time_ns;
	const news = newest && !first.loading ? fresh.data?.traces.filter((t) => BigInt(t.time_ns) > BigInt(newest)).length ?? 0 : 0;
	const end = to ? toMs(to, now.value) : Math.max(first.at || Date.now(), rows[0] ? nsToMs(rows[0].time_ns) : 0);
	// With more traces than are shown, the axis begins with the oldest that is: an empty stretch would look like an idle fleet.
	const begin = next && rows.length ? Math.max(toMs(from, end), nsToMs(rows.at(-1)!.time_ns)) : toMs(from, end);
	const longest = Math.max(1, ...rows.map((r) => r.duration_ns));
	const load = (): void => { void ask<Traces>(api('traces', { ...asked, limit: PAGE, after: next })).then((a) => { if (a.ok) setOlder({ url, rows: [...(more?.rows ?? []), ...a.data.traces], next: a.data.next }); }); };
	const command = `pleach trace ${errors ? '--failed' : '--slowest'} --from ${cliTime(from)}`;
	return (
		<main id="page" class="traces" tabIndex={-1}>
			<PageHead title="Traces" note={first.data ? <span class="num">{plural(rows.length, 'trace')}{next ? ', the newest' : ''}</span> : null}>
				<CopyButton text={command} label="Copy as command" what="Command copied" small />
			</PageHead>
			<form class="filters" onSubmit={(e) => { e.preventDefault(); patch({ q: text.trim(), min: minText.trim() }); }}>
				<label><span class="sr">Service</span><select class="field" value={service} onChange={(e) => patch({ service: e.currentTarget.value })}><option value="">every service</option>{[...new Set([...(fleet.value?.services.map((s) => s.service) ?? []), ...(service ? [service] : [])])].map((s) => <option key={s} value={s}>{s}</option>)}</select></label>
				<label><span class="sr">At least this long</span><input class="field num" placeholder="at least, e.g. 250ms" value={minText} onInput={(e) => setMinText(e.currentTarget.value)} onBlur={() => { if (minText.trim() !== min) patch({ min: minText.trim() }); }} /></label>
				<label class="grow"><span class="sr">Text</span><input class="field" data-search="page" type="search" placeholder="text in names and attributes" value={text} onInput={(e) => setText(e.currentTarget.value)} /></label>
				<button type="button" class="button" aria-pressed={errors} onClick={() => patch({ error: errors ? null : 'true' })}><Icon name="failure" size={14} />Failed only</button>
				<button type="submit" class="button">Search</button>
			</form>
			{first.error ? <Failed error={first.error} what="The traces could not be loaded" retry={first.reload} /> : null}
			{!first.data && !first.error ? <Skeleton shown={first.slow} /> : null}
			{first.data && !rows.length ? <Empty title="No trace in this time" command={fleet.value ? `curl ${fleet.value.gateway}/v1/…` : 'pleach status'}>{service || q || min || errors ? 'A wider filter or a longer time may find some.' : 'Each call through the gateway makes one.'}</Empty> : null}
			{rows.length ? (
				<>
					<Scatter rows={rows} from={begin} to={end} />
					<div class="section">
						{news ? <p class="news"><button type="button" class="pill" onClick={() => { setOlder(null); first.reload(); }}><Icon name="live" size={13} />{news >= 50 ? '50+' : news} new</button></p> : null}
						<table class="table">
							<thead><tr><th scope="col">Began</th><th scope="col">Call</th><th scope="col" colSpan={2}>Duration</th><th scope="col">Status</th><th scope="col">Through</th><th scope="col" class="right">Spans</th></tr></thead>
							<tbody>{rows.map((r) => (
								<tr key={r.trace_id} class="opens" onClick={() => go(pageLink(`/trace/${r.trace_id}`))}>
									<td><Age ms={nsToMs(r.time_ns)} /></td>
									<th scope="row"><a data-row data-trace href={pageLink(`/trace/${r.trace_id}`)} onClick={(e) => e.stopPropagation()} class="trace-link"><Service name={r.root_service} plain /> <span class="mono dim">{r.root_name}</span></a></th>
									<td class="num right fit">{duration(r.duration_ns)}</td>
									<td class="fit"><span class="meter" aria-hidden="true"><i style={{ width: `${Math.max(2, r.duration_ns / longest * 100)}%` }} /></span></td>
									<td>{r.errors ? <Chip state="failure">{r.errors} failed</Chip>  : null} <span class="num dim">{r.status || ''}</span></td>
									<td><span class="through">{r.services.map((s) => <span key={s}><Swatch service={s} />{s}</span>)}</span></td>
									<td class="num right">{count(r.spans)}</td>
								</tr>
							))}</tbody>
						</table>
						{next ? <p class="more"><button type="button" class="button" onClick={load}>Show older ones</button></p> : null}
						{first.data?.cut ? <p class="is-warning-text small"><Icon name="warning" size={13} /> A limit ended the search early: older traces may be missing.</p> : null}
					</div>
				</>
			) : null}
		</main>
	);
}
