// The facets beside the log rows: the fields of what matches and their most frequent values, to add to the query or to exclude.
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Swatch } from '../parts/bits';
import { Icon } from '../parts/icons';
import { count } from '../format';
import type { Fields } from '../types';
import { levelOf } from '../words';
import { hasTerm, term } from './logs-query';

const FIRST = ['level', 'service', 'instance'];
const FEW = 5, FEW_OF_MANY = 3;
const MANY = 100; // distinct values: a field with more (an id) says little as a facet and stands last

export function Facets({ fields, q, toggle }: { fields: Fields; q: string; toggle: (t: string) => void }): JSX.Element {
	const [more, setMore] = useState<Set<string>>(new Set());
	const rank = (f: Fields['fields'][number]): number => FIRST.includes(f.name) ? FIRST.indexOf(f.name) : f.more || f.distinct > MANY ? FIRST.length + 1 : FIRST.length;
	const sorted = [...fields.fields].filter((f) => f.name !== 'trace_id' && f.name !== 'span_id').sort((a, b) => rank(a) - rank(b));
	return (
		<div class="facets" role="region" aria-label="Fields" tabIndex={0}>
			{sorted.map((f) => {
				const top = f.values[0]?.count ?? 1;
				const all = more.has(f.name), few = f.distinct > MANY ? FEW_OF_MANY : FEW;
				return (
					<section key={f.name}>
						<h2>{f.name}<span class="dim num">{f.distinct}{f.more ? '+' : ''}</span></h2>
						<ul>{(all ? f.values : f.values.slice(0, few)).map((v) => {
							const on = term(f.name, v.value);
							const isOn = hasTerm(q, on), isOut = hasTerm(q, `-${on}`);
							return (
								<li key={v.value} class={isOn ? 'is-on' : isOut ? 'is-out' : ''}>
									<button type="button" class="value" aria-pressed={isOn} title={`${isOn ? 'Remove' : 'Only'} ${on}`} onClick={() => toggle(on)}>
										<i class="share" style={{ width: `${v.count / top * 100}%` }} aria-hidden="true" />
										{f.name === 'service' ? <Swatch service={v.value} /> : f.name === 'level' ? <span class={`level-dot lv-${levelOf(v.value)}`} aria-hidden="true" /> : null}
										<span class="text">{v.value || '(empty)'}</span><span class="num dim">{count(v.count)}</span>
									</button>
									<button type="button" class="out" aria-pressed={isOut} aria-label={`${isOut ? 'No longer exclude' : 'Exclude'} ${on}`} title={`Exclude ${on}`} onClick={() => toggle(`-${on}`)}><Icon name="minus" size={12} /></button>
								</li>
							);
						})}</ul>
						{f.values.length > few ? <button type="button" class="link-button" aria-label={all ? `fewer values of ${f.name}` : `${f.values.length - few} more values of ${f.name}`} onClick={() => { const next = new Set(more); all ? next.delete(f.name) : next.add(f.name); setMore(next); }}>{all ? 'fewer' : `${f.values.length - few} more`}</button> : null}
					</section>
				);
			})}
		</div>
	);
}
