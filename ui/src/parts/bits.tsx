// Small pieces that every page uses: service names, states, ages, copy buttons, empty and error states, skeletons.
import type { ComponentChildren, JSX } from 'preact';
import type { ApiError } from '../api';
import { hueVar } from '../colour';
import { absolute, ago } from '../format';
import { copy, now, pageLink } from '../state';
import { Icon, type IconName } from './icons';

export function Swatch({ service }: { service: string }): JSX.Element {
	return <span class="swatch" style={{ background: hueVar(service) }} aria-hidden="true" />;
}

export function Service({ name, plain }: { name: string; plain?: boolean }): JSX.Element {
	const label = name === 'edge' ? 'outside' : name;
	const inner = <><Swatch service={name} />{label}</>;
	return plain || name === 'edge' ? <span class="service">{inner}</span> : <a class="service" href={pageLink(`/services/${encodeURIComponent(name)}`)}>{inner}</a>;
}

export type State = 'ok' | 'warning' | 'failure' | 'unknown' | 'info';
const STATE_ICON: Record<State, IconName> = { ok: 'ok', warning: 'warning', failure: 'failure', unknown: 'info', info: 'info' };

// Sentences from the API mark names with backticks.
export function Prose({ text }: { text: string }): JSX.Element {
	return <>{text.split('`').map((part, i) => i % 2 ? <code key={i}>{part}</code> : part)}</>;
}

// Never by colour alone: an icon and a word.
export function Chip({ state, children }: { state: State; children: ComponentChildren }): JSX.Element {
	return <span class={`chip is-${state}`}><Icon name={STATE_ICON[state]} size={13} />{children}</span>;
}

export function Age({ ms }: { ms: number }): JSX.Element {
	return <time class="num" dateTime={new Date(ms).toISOString()} title={absolute(ms)}>{ago(ms, now.value)}</time>;
}

export function CopyButton({ text, label, what, small }: { text: string; label: string; what?: string; small?: boolean }): JSX.Element {
	return <button type="button" class={small ? 'icon-button' : 'button'} title={label} aria-label={small ? label : undefined} onClick={() => void copy(text, what)}><Icon name="copy" size={14} />{small ? null : label}</button>;
}

// A block of text to take away: YAML, a command.
export function Snippet({ text, label }: { text: string; label: string }): JSX.Element {
	return <div class="snippet"><pre>{text}</pre><CopyButton text={text} label={label} small /></div>;
}

// page: its name leads to the team's page.
export function Owner({ owner, contact, page }: { owner?: string; contact?: string; page?: boolean }): JSX.Element {
	return owner ? <span class="owner"><Icon name="owner" size={13} />{page ? <a class="link" href={pageLink(`/teams/${encodeURIComponent(owner)}`)}>{owner}</a> : owner}{contact ? <span class="dim"> {contact}</span> : null}</span>
		: <span class="owner is-none"><Icon name="owner" size={13} />no owner</span>;
}

// `page`: nothing else is on the page, so the title is its heading.
export function Empty({ title, children, command, page }: { title: string; page?: boolean; children?: ComponentChildren; command?: string }): JSX.Element {
	return <div class="empty">{page ? <h1>{title}</h1> : <h2>{title}</h2>}{children ? <p>{children}</p> : null}{command ? <Snippet text={command} label="Copy the command" /> : null}</div>;
}

export function Failed({ error, what, retry }: { error: ApiError; what: string; retry?: () => void }): JSX.Element {
	const place = error.file ? `${error.file}${error.line ? `:${error.line}${error.column ? `:${error.column}` : ''}` : ''}` : '';
	return (
		<div class="failed" role="alert">
			<Icon name="failure" />
			<div><strong>{what}</strong><p>{place ? <code>{place}</code> : null} {error.message}</p></div>
			{retry ? <button type="button" class="button" onClick={retry}>Try again</button> : null}
		</div>
	);
}

export function Skeleton({ rows = 8, shown }: { rows?: number; shown: boolean }): JSX.Element {
	return <div class="skeleton" aria-busy="true" aria-label="Loading" role="status">{shown ? Array.from({ length: rows }, (_, i) => <span key={i} style={{ width: `${92 - ((i * 37) % 55)}%` }} />) : null}</div>;
}

export function Figure({ label, value, tone, title }: { label: string; value: ComponentChildren; tone?: State; title?: string }): JSX.Element {
	return <div class={`figure ${tone ? `is-${tone}` : ''}`} title={title}><dt>{label}</dt><dd>{value}</dd></div>;
}

export function PageHead({ title, children, note }: { title: ComponentChildren; children?: ComponentChildren; note?: ComponentChildren }): JSX.Element {
	return <header class="page-head"><h1>{title}</h1>{note ? <p class="note">{note}</p> : null}<div class="page-tools">{children}</div></header>;
}
