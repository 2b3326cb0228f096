// What changed between two states of a contract: each cause once, with its proof, whom it reaches, and how to do the same without breaking anyone.
import type { JSX } from 'preact';
import { api, useApi } from '../api';
import { Chip, Empty, Failed, Prose, Skeleton, type State } from '../parts/bits';
import { absolute, plural } from '../format';
import { useRowKeys } from '../keys';
import { param, patch, withQuery } from '../router';
import type { ChangePlace, Contract, ContractChange, ContractDiff, ContractKept, Level } from '../types';
import { OperationName } from './contract-doc';
import { Hit, Policy } from './contract-hit';

const TONE: Record<Level, State> = { breaking: 'failure', warning: 'warning', info: 'info' };
const TITLE: Record<Level, string> = { breaking: 'Breaks those who use it', warning: 'Depends on what they do', info: 'Breaks nobody' };
const LEVELS: Level[] = ['breaking', 'warning', 'info'];
const REACH_SHOWN = 6;

// The place of today leads to its line; the file of the past is not at hand.
function Where({ place, side, here }: { place: ChangePlace | null; side: string; here?: boolean }): JSX.Element {
	if (!place?.file) return <span class="dim">{side}: not there</span>;
	const text = <code>{place.file}{place.line ? `:${place.line}:${place.column}` : ''}</code>;
	return <span><span class="dim">{side}</span> {here ? <a class="link" href={withQuery({ view: 'files', sel: `${place.file}:${place.line}` })}>{text}</a> : text}</span>;
}

function pretty(text: string): string {
	try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

// What a contract says of the example: that it is wrong is the news.
const tone = (says = ''): string => says === 'valid' ? '' : 'is-failure-text';

function Proof({ c }: { c: ContractChange }): JSX.Element | null {
	const w = c.witness;
	if (w.state === 'none') return null;
	if (w.state === 'unproved') return <p class="unproved"><Chip state="warning">unproved</Chip> No example was found that shows it; read the two places and judge.</p>;
	return (
		<figure class="witness" aria-label={`Proof: ${w.of ?? ''}`}>
			<figcaption><Chip state="ok">proved</Chip> <span>{w.of}</span></figcaption>
			<pre tabIndex={0}>{pretty(w.text ?? '')}</pre>
			<dl><div><dt>old contract</dt><dd class={tone(w.before)}><Prose text={w.before ?? ''} /></dd></div><div><dt>new contract</dt><dd class={tone(w.after)}><Prose text={w.after ?? ''} /></dd></div></dl>
		</figure>
	);
}

function Reach({ c, whole }: { c: ContractChange; whole: boolean }): JSX.Element | null {
	if (!c.reach.length) return null;
	const shown = whole ? c.reach : c.reach.slice(0, REACH_SHOWN);
	return (
		<div class="reach"><h4>Reaches {plural(c.reach.length, 'operation')}</h4>
			<ul>{shown.map((r) => <li key={r.operation + r.direction}><OperationName id={r.operation} /><span class="dim">{r.direction === 'both' ? 'both ways' : r.direction}</span></li>)}</ul>
			{c.reach.length > shown.length ? <button type="button" class="link-button" onClick={() => patch({ sel: c.fingerprint })}>{c.reach.length - shown.length} more</button> : null}
		</div>
	);
}

function One({ c, selected, days }: { c: ContractChange; selected: boolean; days: number }): JSX.Element {
	return (
		<article class={`contract-change is-${c.level} ${selected ? 'is-on' : ''}`} aria-label={c.sentence}>
			<header>
				<h3><a data-row href={withQuery({ sel: selected ? null : c.fingerprint })}><Prose text={c.sentence} /></a></h3>
				{c.approval ? <Chip state="ok">approved</Chip> : null}<Chip state={TONE[c.level]}>{c.level}</Chip>
			</header>
			<div class="facts"><Where place={c.old} side="before" /><Where place={c.new} side="now" here />{c.categories.length ? <span>{c.categories.join(', ')}</span> : null}</div>
			{c.why ? <p><Prose text={c.why} /></p> : null}
			<div class="proofs"><Proof c={c} /><Reach c={c} whole={selected} /></div>
			<Hit c={c} days={days} whole={selected} />
			{c.approval ? <p>Agreed on by <b>{c.approval.owner}</b> until {c.approval.expires}: {c.approval.reason}</p> : null}
			{c.remedy ? <p class="instead"><b>Instead:</b> <Prose text={c.remedy} /></p> : null}
			<footer class="dim small"><span>{c.kind}</span><span title="Name it in an approval">mark <code>{c.fingerprint}</code></span>{c.rules.length ? <span>{c.rules.map((r) => `${r.checker} ${r.rule}`).join(' · ')}</span> : null}</footer>
		</article>
	);
}

export function Changes({ contract, kept }: { contract: Contract; kept: ContractKept[] }): JSX.Element {
	useRowKeys();
	const current = kept[0];
	const old = param('old') || kept[1]?.digest || '';
	const diff = useApi<ContractDiff>(old && current ? api(`contracts/${encodeURIComponent(contract.service)}/${encodeURIComponent(contract.version)}/changes`, { from: old, to: current.digest }) : null, { keep: false });
	const sel = param('sel'), only = param('level') as Level | '';
	if (!kept[1]) return <Empty title="It has not changed since it is known" command={`pleach contract diff deployed:${contract.service}@${contract.version} .`}>From the next change on both states are kept here, side by side with what the change breaks. What a change would break before it is merged:</Empty>;
	const d = diff.data;
	const toggle = (level: Level): void => patch({ level: only === level ? null : level });
	return (
		<div class="section stack contract-changes">
			<div class="compare">
				<label>From the state of <select class="field" value={old} onChange={(e) => patch({ old: e.currentTarget.value, sel: null })}>{kept.slice(1).map((k) => <option key={k.digest} value={k.digest}>{absolute(Date.parse(k.since)).slice(0, 19)}</option>)}</select></label>
				<span>to now{current ? <span class="dim"> ({absolute(Date.parse(current.since)).slice(0, 19)})</span> : null}</span>
				{d ? <span class="counts">{LEVELS.map((l) => d.counts[l] ? <button type="button" class="button" key={l} aria-pressed={only === l} onClick={() => toggle(l)}>{d.counts[l]} {l}</button> : null)}</span> : null}
			</div>
			{d ? <Policy policy={d.policy} /> : null}
			{diff.error ? <Failed error={diff.error} what="The two states could not be compared" retry={diff.reload} /> : null}
			{!d && !diff.error ? <Skeleton shown={diff.slow} /> : null}
			{d && !d.complete ? <p class="bar is-warning">There are more changes than are shown: the list was cut.</p> : null}
			{d?.notes.map((n) => <p key={n.text} class={`bar is-${n.failure ? 'failure' : 'warning'}`}><span>{n.file ? <code>{n.file}{n.line ? `:${n.line}` : ''} </code> : null}<Prose text={n.text} /></span></p>)}
			{d && !d.changes.length ? <Empty title="Nothing changed between these two" /> : null}
			{d ? LEVELS.filter((l) => !only || l === only).map((l) => {
				const list = d.changes.filter((c) => c.level === l);
				return list.length ? <section key={l} class="stack"><h2>{TITLE[l]} <span class="dim num">{list.length}</span></h2>{list.map((c) => <One key={c.fingerprint} c={c} selected={sel === c.fingerprint} days={d.policy?.window_days ?? 0} />)}</section> : null;
			}) : null}
		</div>
	);
}
