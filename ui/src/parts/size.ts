// The size of an element, known before its first picture: an observer alone answers a frame later, and on a busy machine somebody has pressed by then.
import { useLayoutEffect, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

export interface Size { w: number; h: number }

export function useSize(box: RefObject<HTMLElement | null>, again?: unknown): Size {
	const [size, setSize] = useState<Size>({ w: 0, h: 0 });
	useLayoutEffect(() => {
		const el = box.current;
		if (!el) return;
		const measure = (): void => setSize((old) => old.w === el.clientWidth && old.h === el.clientHeight ? old : { w: el.clientWidth, h: el.clientHeight });
		measure();
		const seen = new ResizeObserver(measure);
		seen.observe(el);
		return () => seen.disconnect();
	}, [again]);
	return size;
}
