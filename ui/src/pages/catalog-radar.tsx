// The technology radar of what is really used: a picture in four quarters and four rings, and the same as tables, which carry the figures. A part of "built twice"; the ecosystem is in the address.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api, useApi } from '../api';
import { Empty, Failed, Skeleton } from '../parts/bits';
import { Icon } from '../parts/icons';
import { plural } from '../format';
import { param, patch } from '../router';
import { ticks } from '../state';
import type { Radar, RadarBlip, RadarRing } from '../types';

// Radii by which rings end, of a picture of 2 * SIZE; the inner ones are wider, as they hold what most have.
const SIZE = 340, ENDS: Record<RadarRing, [number, number]> = { adopt: [20, 140], trial: [140, 220], assess: [220, 285], hold: [285, 335] };
const MOST = 160, GAP = 25, DOT = 10;

interface Placed { blip: RadarBlip; number: number; x: number; y: number }

// Blips of a quarter and ring on arcs around the centre, as many on each as fit, evenly spread; the same list gives the same places.
function arcs(list: { blip: RadarBlip; number: number }[], quadrant: number, ring: RadarRing): Placed[] {
	const [from, to] = ENDS[ring], placed: Placed[] = [];
	const lanes = Math.max(1, Math.floor((to - from - 6) / GAP));
	const radius = (lane: number): number => from + ((lane + 0.5) * (to - from)) / lanes;
	const room = Array.from({ length: lanes }, (_, lane) => Math.max(1, Math.floor((radius(lane) * Math.PI) / 2 / GAP - 0.6)));
	const all = room.reduce((n, r) => n + r, 0);
	let taken = 0;
	for (let lane = lanes - 1; lane >= 0; lane--) {
		const n = lane === 0 ? list.length - taken : Math.min(list.length - taken, Math.ceil((list.length * room[lane]!) / all));
		for (let i = 0; i < n; i++) {
			const angle = ((quadrant + (i + 0.5) / n) * Math.PI) / 2 - Math.PI / 2, r = radius(lane);
			placed.push({ ...list[taken + i]!, x: SIZE + r * Math.cos(angle), y: SIZE + r * Math.sin(angle) });
		}
		taken += n;
	}
	return placed;
}

export function placeBlips(data: Radar, blips: RadarBlip[]): Placed[] {
	const numbered = blips.map((blip, i) => ({ blip, number: i + 1 }));
	return data.quadrants.flatMap((q, i) => data.rings.flatMap(({ ring }) => arcs(numbered.filter((x) => x.blip.quadrant === q && x.blip.ring === ring), i, ring)));
}

const label = (b: RadarBlip): string => `${b.name}${b.ecosystem ? `, ${b.ecosystem}` : ''}`;

// What the picture shows, in words, for who does not see it.
function words(data: Radar, blips: RadarBlip[]): string {
	return data.rings.map(({ ring }) => { const names = blips.filter((b) => b.ring === ring).map(label); return `${ring}: ${names.length ? names.join('; ') : 'nothing'}`; }).join('. ');
}

function Picture({ data, blips, lit, light }: { data: Radar; blips: RadarBlip[]; lit: number; light: (n: number) => void }): JSX.Element {
	const corner = (i: number): { x: number; y: number; anchor: 'start' | 'end' } => ({ x: i === 0 || i === 1 ? 2 * SIZE - 4 : 4, y: i === 0 || i === 3 ? 14 : 2 * SIZE - 6, anchor: i === 0 || i === 1 ? 'end' : 'start' });
	return (
		<svg class="radar" viewBox={`0 0 ${2 * SIZE} ${2 * SIZE}`} role="img" aria-labelledby="radar-title radar-words">
			<title id="radar-title">Technology radar</title>
			<desc id="radar-words">{words(data, blips)}</desc>
			<g aria-hidden="true">
				{[...data.rings].reverse().map(({ ring }) => <circle key={ring} class={`ring is-${ring}`} cx={SIZE} cy={SIZE} r={ENDS[ring][1]} />)}
				<path class="axis" d={`M${SIZE} 5V${2 * SIZE - 5}M5 ${SIZE}H${2 * SIZE - 5}`} />
				{data.rings.map(({ ring }) => <text key={ring} class="ring-name" x={SIZE + 4} y={SIZE - ENDS[ring][1] + 13}>{ring}</text>)}
				{data.quadrants.map((q, i) => { const c = corner(i); return <text key={q} class="quadrant-name" x={c.x} y={c.y} text-anchor={c.anchor}>{q}</text>; })}
				{placeBlips(data, blips).map((p) => (
					<g key={p.number} class={`blip is-${p.blip.ring} ${lit === p.number ? 'is-lit' : ''}`} onMouseEnter={() => light(p.number)} onMouseLeave={() => light(0)}>
						<circle cx={p.x} cy={p.y} r={DOT}><title>{`${label(p.blip)}: ${p.blip.ring}, ${p.blip.why}`}</title></circle>
						<text x={p.x} y={p.y + 3.5} text-anchor="middle">{p.number}</text>
					</g>
				))}
			</g>
		</svg>
	);
}

function Quarter({ name, blips, from, lit, light }: { name: string; blips: RadarBlip[]; from: Map<RadarBlip, number>; lit: number; light: (n: number) => void }): JSX.Element {
	return (
		<section aria-label={name}>
			<h2>{name}</h2>
			<table class="table radar-list">
				<thead><tr><th scope="col" class="right">No.</th><th scope="col">What</th><th scope="col">Ring</th><th scope="col">For</th><th scope="col">Used by</th></tr></thead>
				<tbody>{blips.map((b) => {
					const n = from.get(b)!;
					return (
						<tr key={n} class={lit === n ? 'is-lit' : ''} onMouseEnter={() => light(n)} onMouseLeave={() => light(0)}>
							<td class="num right dim">{n}</td>
							<th scope="row" title={b.others.join(', ')}>{b.name}{b.others.length ? <span class="dim small"> and {b.others.length} more</span> : null}</th>
							<td><i class={`key is-${b.ring}`} />{b.ring}</td>
							<td class="dim" title={b.meaning}>{b.kind}{b.ecosystem ? `, ${b.ecosystem}` : ''}</td>
							<td title={[b.owners.join(', '), b.in.join(', ')].filter(Boolean).join(': ')}>{b.why}</td>
						</tr>
					);
				})}</tbody>
			</table>
		</section>
	);
}

export function RadarView(): JSX.Element {
	const found = useApi<Radar>(api('duplicates/radar'), { every: 60000, tick: ticks.snapshot.value });
	const [lit, light] = useState(0);
	const data = found.data, ecosystem = param('eco');
	if (found.error && !data) return <Failed error={found.error} what="The radar could not be loaded" retry={found.reload} />;
	if (!data) return <Skeleton shown={found.slow} />;
	if (!data.blips.length) return <Empty title="Nothing is known that could be on the radar" command={'catalog: { repositories: [., ../clones] }'}>Languages, databases and brokers come from manifests and compose files, libraries from lock files, of the clones that lie here.</Empty>;
	const ecosystems = [...new Set(data.blips.map((b) => b.ecosystem).filter(Boolean))].sort();
	const chosen = data.blips.filter((b) => !ecosystem || !b.ecosystem || b.ecosystem === ecosystem);
	const drawn = [...chosen].sort((a, b) => b.teams - a.teams || b.services - a.services).slice(0, MOST), shown = chosen.filter((b) => drawn.includes(b));
	const numbers = new Map([...shown, ...chosen.filter((b) => !drawn.includes(b))].map((b, i) => [b, i + 1]));
	return (
		<div class="section" role="region" aria-label="Radar">
			{ecosystems.length > 1 ? <div class="switch" role="group" aria-label="Libraries of">{['', ...ecosystems].map((e) => <button type="button" key={e} aria-pressed={ecosystem === e} onClick={() => patch({ eco: e || null })}>{e || 'all'}</button>)}</div> : null}
			<div class="radar-page">
				<div>
					<Picture data={data} blips={shown} lit={lit} light={light} />
					{shown.length < chosen.length ? <p class="dim"><Icon name="info" size={13} /> The picture has the {MOST} that most teams have; the tables have all {chosen.length}.</p> : null}
					<p class="dim small">The first rule that holds decides.</p><dl class="radar-rules">{data.rules.map((r) => <div key={r.rule}><dt><i class={`key is-${r.ring}`} />{r.ring}</dt><dd>{r.meaning}</dd></div>)}</dl>
				</div>
				<div>
					{data.quadrants.map((q) => { const mine = chosen.filter((b) => b.quadrant === q); return mine.length ? <Quarter key={q} name={q} blips={mine} from={numbers} lit={lit} light={light} /> : null; })}
					{data.cut ? <p class="dim">{plural(chosen.length, 'entry', 'entries')}; there are more lock files than are looked at.</p> : null}
				</div>
			</div>
		</div>
	);
}
