// A contract as documentation: its operations and types as tables that a word narrows, each opening in the panel. `sel` is "op:ID" or "type:NAME".
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { Empty, Prose } from '../parts/bits';
import { Icon } from '../parts/icons';
import { Panel } from '../parts/panel';
import { plural } from '../format';
import { useRowKeys } from '../keys';
import { param, patch, withQuery } from '../router';
import type { Contract, ContractDocument, ContractOperation, ContractParameter, ContractType } from '../types';

const SHOWN = 400; // rows of one table before a word must narrow it: more would make every key slow

const NAME = /[\p{L}_$][\p{L}\p{N}_.$-]*/gu;

// A type's text with the names that this contract describes as links to them.
export function TypeText({ text, known }: { text: string; known: Set<string> }): JSX.Element {
	const parts: (string | JSX.Element)[] = [];
	let last = 0;
	for (const m of text.matchAll(NAME)) {
		if (!known.has(m[0])) continue;
		parts.push(text.slice(last, m.index), <a class="link" href={withQuery({ sel: `type:${m[0]}` })}>{m[0]}</a>);
		last = m.index + m[0].length;
	}
	parts.push(text.slice(last));
	return <code class="type">{parts}</code>;
}

// "POST /orders" has a verb to set apart; "orders.v1.Orders/Get" and "order.placed" have none.
export function OperationName({ id }: { id: string }): JSX.Element {
	const m = /^(GET|PUT|POST|PATCH|DELETE|HEAD|OPTIONS|TRACE|SEND|RECEIVE|QUERY|MUTATION|SUBSCRIPTION) (.*)$/is.exec(id);
	return m ? <code class="operation"><b class={`verb is-${m[1]!.toLowerCase()}`}>{m[1]!.toUpperCase()}</b> {m[2]}</code> : <code class="operation">{id}</code>;
}

function Old({ deprecated }: { deprecated?: boolean }): JSX.Element | null {
	return deprecated ? <span class="chip is-warning"><Icon name="warning" size={13} />deprecated</span> : null;
}

function Description({ text }: { text?: string }): JSX.Element | null {
	return text ? <div class="prose">{text.split(/\n\s*\n/).map((p, i) => <p key={i}><Prose text={p} /></p>)}</div> : null;
}

const first = (text?: string): string => (text ?? '').split(/\n|(?<=\.)\s/)[0] ?? '';

function Operations({ file, known, word }: { file: ContractDocument; known: Set<string>; word: string }): JSX.Element | null {
	const rows = (file.operations ?? []).filter((o) => !word || `${o.id} ${o.title ?? ''} ${o.description ?? ''}`.toLowerCase().includes(word));
	if (!rows.length) return null;
	return (
		<section class="table-wrap" tabIndex={0} role="region" aria-label={`Operations of ${file.title || file.file}`}>
			<h3>{plural(rows.length, 'operation')}</h3>
			<table class="table">
				<thead><tr><th scope="col">Operation</th><th scope="col">Takes</th><th scope="col">Answers</th><th scope="col">What for</th></tr></thead>
				<tbody>{rows.slice(0, SHOWN).map((o) => {
					const url = withQuery({ sel: `op:${o.id}` });
					return (
						<tr key={o.id} class={`opens ${param('sel') === `op:${o.id}` ? 'is-on' : ''}`} onClick={() => patch({ sel: `op:${o.id}` })}>
							<th scope="row"><a data-row href={url} onClick={(e) => e.stopPropagation()}><OperationName id={o.id} /></a> <Old deprecated={o.deprecated} /></th>
							<td onClick={(e) => e.stopPropagation()}>{o.request ? <TypeText text={o.request.type ?? ''} known={known} /> : <span class="dim">{o.parameters?.length ? plural(o.parameters.length, 'parameter') : '–'}</span>}</td>
							<td onClick={(e) => e.stopPropagation()}>{answersOf(o).slice(0, 2).map((t) => <span key={t}><TypeText text={t} known={known} /> </span>)}</td>
							<td class="cut" title={o.title || first(o.description)}>{o.title || first(o.description)}</td>
						</tr>
					);
				})}</tbody>
			</table>
			{rows.length > SHOWN ? <p class="dim small">{rows.length - SHOWN} more; a word above narrows them.</p> : null}
		</section>
	);
}

function answersOf(o: ContractOperation): string[] {
	const good = (o.answers ?? []).filter((a) => !/^[345]/.test(a.status ?? ''));
	return [...new Set((good.length ? good : o.answers ?? []).map((a) => a.type || a.status || ''))].filter(Boolean);
}

function Types({ file, word }: { file: ContractDocument; word: string }): JSX.Element | null {
	const rows = (file.types ?? []).filter((t) => !word || `${t.name} ${t.description ?? ''} ${(t.fields ?? []).map((f) => f.name).join(' ')}`.toLowerCase().includes(word));
	if (!rows.length) return null;
	return (
		<section class="table-wrap" tabIndex={0} role="region" aria-label={`Types of ${file.title || file.file}`}>
			<h3>{plural(rows.length, 'type')}</h3>
			<table class="table">
				<thead><tr><th scope="col">Type</th><th scope="col">Kind</th><th scope="col">Holds</th><th scope="col">What for</th></tr></thead>
				<tbody>{rows.slice(0, SHOWN).map((t) => {
					const holds = t.fields?.length ? t.fields.map((f) => f.name).join(', ') : (t.values ?? []).map((v) => v.name).join(', ');
					return (
						<tr key={t.name} class={`opens ${param('sel') === `type:${t.name}` ? 'is-on' : ''}`} onClick={() => patch({ sel: `type:${t.name}` })}>
							<th scope="row"><a data-row href={withQuery({ sel: `type:${t.name}` })} onClick={(e) => e.stopPropagation()}><code>{t.name}</code></a> <Old deprecated={t.deprecated} /></th>
							<td class="dim">{t.kind}</td>
							<td class="cut mono" title={holds}>{holds}</td>
							<td class="cut" title={first(t.description)}>{first(t.description)}</td>
						</tr>
					);
				})}</tbody>
			</table>
			{rows.length > SHOWN ? <p class="dim small">{rows.length - SHOWN} more; a word above narrows them.</p> : null}
		</section>
	);
}

function documentsOf(contract: Contract): ContractDocument[] {
	return contract.documents.flatMap((d) => d.contracts);
}

export function namesOf(contract: Contract): Set<string> {
	return new Set(documentsOf(contract).flatMap((f) => (f.types ?? []).map((t) => t.name)));
}

export function Documentation({ contract }: { contract: Contract }): JSX.Element {
	useRowKeys();
	const known = useMemo(() => namesOf(contract), [contract]);
	const word = param('q').trim().toLowerCase();
	const parts = documentsOf(contract).map((file) => ({ file, ops: Operations({ file, known, word }), types: Types({ file, word }) }));
	return (
		<div class="section stack contract-doc">
			<label class="narrow"><span class="sr">Only operations and types with this word</span><input class="field" data-search="page" type="search" placeholder="Only operations and types with this word" value={param('q')} onInput={(e) => patch({ q: e.currentTarget.value }, { replace: true })} spellcheck={false} autocomplete="off" /></label>
			{parts.map(({ file, ops, types }) => ops || types || !word ? (
				<div class="stack" key={file.file}>
					<header><h2>{file.title || file.file} {file.version ? <span class="dim">{file.version}</span> : null}</h2>{word ? null : <Description text={file.description} />}</header>
					{ops}{types}
				</div>
			) : null)}
			{word && parts.every((p) => !p.ops && !p.types) ? <Empty title={`Nothing here says “${param('q')}”`}>The word is looked for in the names and descriptions of operations and types, and in the names of fields.</Empty> : null}
		</div>
	);
}

function Fields({ fields, known }: { fields: ContractParameter[]; known: Set<string> }): JSX.Element {
	return <dl class="fields">{fields.map((f) => (
		<div key={`${f.in ?? ''} ${f.name}`}>
			<dt><code>{f.name}</code>{f.required ? <span class="must">required</span> : null}{f.in ? <span class="dim">in {f.in}</span> : null}{f.number !== undefined ? <span class="dim num">= {f.number}</span> : null}<Old deprecated={f.deprecated} /></dt>
			<dd><TypeText text={f.type ?? ''} known={known} />{f.description ? <span class="dim"> <Prose text={f.description} /></span> : null}</dd>
		</div>
	))}</dl>;
}

function OperationDetail({ o, known }: { o: ContractOperation; known: Set<string> }): JSX.Element {
	return (
		<>
			<Old deprecated={o.deprecated} />
			{o.title && o.title !== o.id ? <p>{o.title}</p> : null}
			<Description text={o.description === o.title ? '' : o.description} />
			{o.parameters?.length ? <section><h3>Parameters</h3><Fields fields={o.parameters} known={known} /></section> : null}
			{o.request ? <section><h3>Takes</h3><p><TypeText text={o.request.type ?? ''} known={known} /></p>{o.request.description ? <p class="dim"><Prose text={o.request.description} /></p> : null}</section> : null}
			{o.answers?.length ? <section><h3>Answers</h3><dl class="fields">{o.answers.map((a) => <div key={`${a.status} ${a.type}`}><dt>{a.status ? <code>{a.status}</code> : null}</dt><dd>{a.type ? <TypeText text={a.type} known={known} /> : null}{a.description ? <span class="dim"> <Prose text={a.description} /></span> : null}</dd></div>)}</dl></section> : null}
		</>
	);
}

function TypeDetail({ t, contract, known }: { t: ContractType; contract: Contract; known: Set<string> }): JSX.Element {
	const says = (text: string | undefined): boolean => [...(text ?? '').matchAll(NAME)].some((m) => m[0] === t.name);
	const users = documentsOf(contract).flatMap((f) => [
		...(f.operations ?? []).filter((o) => says(o.request?.type) || o.answers?.some((a) => says(a.type)) || o.parameters?.some((p) => says(p.type))).map((o) => ({ key: `op:${o.id}`, shown: <OperationName id={o.id} /> })),
		...(f.types ?? []).filter((x) => x.name !== t.name && x.fields?.some((p) => says(p.type))).map((x) => ({ key: `type:${x.name}`, shown: <code>{x.name}</code> })),
	]);
	return (
		<>
			<p class="dim">{t.kind} <Old deprecated={t.deprecated} /></p>
			<Description text={t.description} />
			{t.fields?.length ? <section><h3>{plural(t.fields.length, 'field')}</h3><Fields fields={t.fields} known={known} /></section> : null}
			{t.values?.length ? <section><h3>{plural(t.values.length, 'value')}</h3><dl class="fields">{t.values.map((v) => <div key={v.name}><dt><code>{v.name}</code>{v.number !== undefined ? <span class="dim num">= {v.number}</span> : null}</dt>{v.description ? <dd class="dim"><Prose text={v.description} /></dd> : null}</div>)}</dl></section> : null}
			{users.length ? <section><h3>Used by</h3><ul class="used">{users.slice(0, 40).map((u) => <li key={u.key}><a class="link" href={withQuery({ sel: u.key })}>{u.shown}</a></li>)}</ul>{users.length > 40 ? <p class="dim small">and {users.length - 40} more</p> : null}</section> : null}
		</>
	);
}

export function DocPanel({ contract, sel }: { contract: Contract; sel: string }): JSX.Element | null {
	const known = useMemo(() => namesOf(contract), [contract]);
	const at = sel.indexOf(':'), kind = sel.slice(0, at), name = sel.slice(at + 1);
	const files = documentsOf(contract);
	const file = files.find((f) => kind === 'op' ? f.operations?.some((o) => o.id === name) : f.types?.some((t) => t.name === name));
	const o = kind === 'op' ? file?.operations?.find((x) => x.id === name) : undefined;
	const t = kind === 'type' ? file?.types?.find((x) => x.name === name) : undefined;
	const line = o?.line ?? t?.line;
	return (
		<Panel label={name} title={o ? <OperationName id={name} /> : <code>{name}</code>} onClose={() => patch({ sel: null })}>
			{o ? <OperationDetail o={o} known={known} /> : t ? <TypeDetail t={t} contract={contract} known={known} /> : <p class="dim">This contract has no {kind === 'op' ? 'operation' : 'type'} of that name any more.</p>}
			{file && line ? <section><h3>Where</h3><code>{file.file}:{line}</code></section> : null}
		</Panel>
	);
}
