// The panel from the right: detail beside the list, which stays in view. Esc closes it and focus goes back to where it was.
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useKeys } from '../keys';
import { Icon } from './icons';

export function Panel({ title, onClose, children, label }: { title: ComponentChildren; label: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
	const box = useRef<HTMLElement>(null);
	const before = useRef<Element | null>(null);
	useLayoutEffect(() => {
		before.current = document.activeElement;
		return () => { const back = before.current; if (back instanceof HTMLElement || back instanceof SVGElement) back.isConnected && back.focus({ preventScroll: true }); };
	}, []);
	useEffect(() => { box.current?.scrollTo(0, 0); }, [label]);
	useKeys((event) => { if (event.key !== 'Escape') return false; onClose(); return true; });
	return (
		<aside class="panel" aria-label={label} ref={box} tabIndex={0}>
			<header><h2>{title}</h2><button type="button" class="icon-button" aria-label="Close the panel" title="Close (Esc)" onClick={onClose}><Icon name="close" /></button></header>
			{children}
		</aside>
	);
}
