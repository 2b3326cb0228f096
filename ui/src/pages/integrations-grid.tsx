// The matrix as a picture: consumers down, providers across, each cell how the two fit; and the same as a list, for fleets of many.
import type { JSX } from 'preact';
import { Age, Owner, Service, Swatch } from '../parts/bits';
import { Icon, type IconName } from '../parts/icons';
import { count, plural } from '../format';
import { patch, withQuery } from '../router';
import { contactOf } from '../state';
import { gridOf, type Fits, type Order, type Pair } from './integrations-model';

export const FIT: Record<Fits, { word: string; icon: IconName; tone: string }> = {
	failed: { word: 'failed', icon: 'failure', tone: 'is-failure' }, unverified: { word: 'not verified', icon: 'open', tone: 'is-warning' },
	pending: { word: 'pending', icon: 'pending', tone: '' }, ok: { word: 'fits', icon: 'ok', tone: 'is-ok' }, absent: { word: 'not there', icon: 'minus', tone: '' },
	bare: { word: 'no pact', icon: 'unlinked', tone: 'is-bare' },
};
export const GRID = { rows: 80, columns: 32 }; // more cannot be read at a glance
const LIST = 200; // rows before somebody asks for more

export function FitChip({ fit }: { fit: Fits }): JSX.Element {
	return <span class={`chip ${FIT[fit].tone}`}><Icon name={FIT[fit].icon} size={13} />{FIT[fit].word}</span>;
}

const address = (p: Pair, selected: boolean): string => withQuery({ consumer: selected ? null : p.consumer, provider: selected ? null : p.provider, versions: null });

function words(p: Pair): string {
	return `${p.consumer}${p.consumerVersion ? ` ${p.consumerVersion}` : ''} with ${p.provider}${p.providerVersion ? ` ${p.providerVersion}` : ''}: ${FIT[p.fit].word}`;
}

// Arrows go to the next cell that has a pair, in that direction; Enter is the cell's own, for it is a link.
function walk(event: KeyboardEvent): void {
	const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key], here = (event.target as HTMLElement).closest('td');
	if (!step || !here || event.ctrlKey || event.altKey || event.metaKey) return;
	const rows = [...here.closest('tbody')!.rows];
	let r = rows.indexOf(here.parentElement as HTMLTableRowElement), c = (here as HTMLTableCellElement).cellIndex;
	for (;;) {
		r += step[0]!; c += step[1]!;
		const cell = rows[r]?.cells[c];
		if (!cell) return;
		const found = cell.querySelector<HTMLElement>('a.cell');
		if (found) { event.preventDefault(); found.focus(); found.scrollIntoView({ block: 'nearest', inline: 'nearest' }); return; }
	}
}

export function Grid({ pairs, order, selected }: { pairs: Pair[]; order: Order; selected: string }): JSX.Element {
	const { consumers, providers, at } = gridOf(pairs, order);
	const rows = consumers.slice(0, GRID.rows), columns = providers.slice(0, GRID.columns);
	const cut = consumers.length > rows.length || providers.length > columns.length;
	return (
		<div class="section table-wrap" tabIndex={0} role="region" aria-label="Consumers and providers">
			<table class="matrix" onKeyDown={walk}>
				<thead><tr><th scope="col" class="corner"><span class="dim">consumer</span> <span class="dim">provider</span></th>{columns.map((name) => <th scope="col" key={name}><span class="upright"><Swatch service={name} />{name}</span></th>)}<th class="fill" aria-hidden="true" /></tr></thead>
				<tbody>{rows.map((consumer) => (
					<tr key={consumer}>
						<th scope="row"><Service name={consumer} /></th>
						{columns.map((provider) => {
							const p = at.get(`${consumer}\n${provider}`);
							if (!p) return <td key={provider} class={consumer === provider ? 'self' : ''} />;
							return <td key={provider}><a data-row class={`cell ${FIT[p.fit].tone} ${selected === p.key ? 'is-on' : ''}`} href={address(p, selected === p.key)} title={words(p)} aria-label={words(p)}><Icon name={FIT[p.fit].icon} size={16} /></a></td>;
						})}
						<td class="fill" />
					</tr>
				))}</tbody>
			</table>
			{cut ? <p class="dim small">{plural(consumers.length - rows.length, 'consumer')} and {plural(providers.length - columns.length, 'provider')} more; narrow by a word, a team or a result, or read the list.</p> : null}
		</div>
	);
}

export function List({ title, pairs, selected, whole }: { title: string; pairs: Pair[]; selected: string; whole: boolean }): JSX.Element {
	const shown = whole ? pairs : pairs.slice(0, LIST), bare = pairs.every((p) => !p.of);
	return (
		<div class="section table-wrap" tabIndex={0} role="region" aria-label={title || 'Integrations'}>
			{title ? <h2>{title}</h2> : null}
			<table class="table">
				<thead><tr><th scope="col">Consumer</th><th scope="col">Version</th><th scope="col">Provider</th><th scope="col">Version</th><th scope="col">Result</th><th scope="col">Provider’s owner</th><th scope="col" class="right">{bare ? 'Calls in a day' : 'Verified'}</th></tr></thead>
				<tbody>{shown.map((p) => (
					<tr key={p.key} class={`opens ${selected === p.key ? 'is-on' : ''}`} onClick={() => patch({ consumer: p.consumer, provider: p.provider, versions: null })}>
						<th scope="row"><a data-row href={address(p, selected === p.key)} onClick={(e) => e.stopPropagation()} aria-label={words(p)}><Service name={p.consumer} plain /></a></th>
						<td class="mono">{p.consumerVersion || <span class="dim">–</span>}</td>
						<td><Service name={p.provider} plain /></td>
						<td class="mono">{p.providerVersion || <span class="dim">–</span>}</td>
						<td><FitChip fit={p.fit} /></td>
						<td><Owner {...contactOf(p.provider)} /></td>
						<td class="num right">{bare ? count(p.calls) : p.verified ? <Age ms={p.verified} /> : <span class="dim">–</span>}</td>
					</tr>
				))}</tbody>
			</table>
			{pairs.length > shown.length ? <p><button type="button" class="link-button" onClick={() => patch({ whole: '1' }, { replace: true })}>{pairs.length - shown.length} more</button></p> : null}
		</div>
	);
}
