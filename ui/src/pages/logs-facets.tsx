// The fields of what matches, beside the rows: their most frequent values to add or exclude, and each field as a column, as a table of its values, or
// over time. All of it rewrites the query (columns: the address).
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { count } from '../format';
import type { Fields } from '../types';
import { levelOf } from '../words';
import { hasTerm, name, step, term, withPipe } from './logs-text';

const FIRST = ['level', 'service', 'instance'];
const FEW = 5, FEW_OF_MANY = 3;
const MANY = 100; // distinct values: a field with more (an id) says little as a facet and stands last
const FIND_FROM = 12; // fields; with fewer nobody needs to look for one

type Field = Fields['fields'][number];

function Value({ field, v, top, q, toggle }: { field: string; v: Field['values'][number]; top: number; q: string; toggle: (t: string) => void }): JSX.Element {
	const on = term(field, v.value), isOn = hasTerm(q, on), isOut = hasTerm(q, `-${on}`);
	return (
		<li class={isOn ? 'is-on' : isOut ? 'is-out' : ''}>
			<button type="button" class="value" aria-pressed={isOn} title={`${isOn ? 'Remove' : 'Only'} ${on}`} onClick={() => toggle(on)}>
				<i class="share" style={{ width: `${v.count / top * 100}%` }} aria-hidden="true" />
				{field === 'service' ? <Swatch service={v.value} /> : field === 'level' ? <span class={`level-dot lv-${levelOf(v.value)}`} aria-hidden="true" /> : null}
				<span class="text">{v.value || '(empty)'}</span><span class="num dim">{count(v.count)}</span>
			</button>
			<button type="button" class="out" aria-pressed={isOut} aria-label={`${isOut ? 'No longer exclude' : 'Exclude'} ${on}`} title={`Exclude ${on}`} onClick={() => toggle(`-${on}`)}><Icon name="minus" size={12} /></button>
		</li>
	);
}

export interface FacetsProps { fields: Fields; q: string; span: number; toggle: (t: string) => void; make: (q: string) => void; columns: string[]; setColumns: (c: string[]) => void }

function Facet({ f, q, span, toggle, make, columns, setColumns }: FacetsProps & { f: Field }): JSX.Element {
	const [all, setAll] = useState(false);
	const few = f.distinct > MANY ? FEW_OF_MANY : FEW, shown = columns.includes(f.name), fixed = f.name === 'level' || f.name === 'service';
	return (
		<section>
			<header>
				<h2 title={f.name}>{f.name}</h2>
				<span class="facet-tools">
					{fixed ? null : <button type="button" class="icon-button" aria-pressed={shown} aria-label={`${f.name} as a column`} title={shown ? 'No longer a column' : 'Show as a column'} onClick={() => setColumns(shown ? columns.filter((c) => c !== f.name) : [...columns, f.name])}><Icon name="columns" size={13} /></button>}
					<button type="button" class="icon-button" aria-label={`Most frequent values of ${f.name}`} title="Most frequent values" onClick={() => make(withPipe(q, `top 50 ${name(f.name)}`))}><Icon name="top" size={13} /></button>
					<button type="button" class="icon-button" aria-label={`${f.name} over time`} title="Count over time" onClick={() => make(withPipe(q, `stats count() by bucket(${step(span)}), ${name(f.name)}`))}><Icon name="chart" size={13} /></button>
				</span>
				<span class="dim num">{count(f.distinct)}{f.more ? '+' : ''}</span>
			</header>
			<ul>{(all ? f.values : f.values.slice(0, few)).map((v) => <Value key={v.value} field={f.name} v={v} top={f.values[0]?.count ?? 1} q={q} toggle={toggle} />)}</ul>
			{f.values.length > few ? <button type="button" class="link-button" aria-label={all ? `fewer values of ${f.name}` : `${f.values.length - few} more values of ${f.name}`} onClick={() => setAll(!all)}>{all ? 'fewer' : `${f.values.length - few} more`}</button> : null}
		</section>
	);
}

export function Facets(props: FacetsProps): JSX.Element {
	const [find, setFind] = useState('');
	const { fields } = props;
	const rank = (f: Field): number => FIRST.includes(f.name) ? FIRST.indexOf(f.name) : f.more || f.distinct > MANY ? FIRST.length + 1 : FIRST.length;
	const known = fields.fields.filter((f) => f.name !== 'trace_id' && f.name !== 'span_id');
	const sorted = known.filter((f) => f.name.toLowerCase().includes(find.toLowerCase())).sort((a, b) => rank(a) - rank(b));
	return (
		<div class="facets" role="region" aria-label="Fields" tabIndex={0}>
			{known.length >= FIND_FROM || find ? <input class="field find-field" type="search" aria-label="Find a field" placeholder="Find a field" value={find} onInput={(e) => setFind(e.currentTarget.value)} /> : null}
			{sorted.map((f) => <Facet key={f.name} f={f} {...props} />)}
			{find && !sorted.length ? <p class="dim">No field has “{find}” in its name.</p> : null}
		</div>
	);
}
